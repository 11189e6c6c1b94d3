-- name: take_market_index :none
-- Write down the day's prices per carat, once, while no run is changing the catalogue.
INSERT INTO market_index (taken_on, shape, stone_type, carats_from, stones, median, lower_quartile, upper_quartile, taken_at)
SELECT %(day)s,
       shape,
       stone_type,
       carat_band_v1(carats),
       count(*),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY price_per_carat),
       percentile_disc(0.25) WITHIN GROUP (ORDER BY price_per_carat),
       percentile_disc(0.75) WITHIN GROUP (ORDER BY price_per_carat),
       %(at)s
  FROM public_stones
 WHERE availability = 'available' AND carats IS NOT NULL
   AND NOT EXISTS (SELECT FROM market_index WHERE taken_on = %(day)s)
   AND NOT EXISTS (SELECT FROM run_metadata WHERE status = 'running')
 GROUP BY shape, stone_type, carat_band_v1(carats)
    ON CONFLICT DO NOTHING;

-- name: latest_market_index :many
-- The latest day's prices per carat beside those of the day before it and of 30 days before.
WITH latest AS (
    SELECT max(taken_on) AS taken_on FROM market_index
), earlier AS (
    SELECT (SELECT max(taken_on) FROM market_index WHERE taken_on < latest.taken_on) AS day_before,
           (SELECT max(taken_on) FROM market_index WHERE taken_on <= latest.taken_on - 30) AS month_before
      FROM latest
)
SELECT today.shape, today.stone_type, today.carats_from, today.stones,
       shown_figure_v1(today.median) AS median, shown_figure_v1(today.lower_quartile) AS lower_quartile,
       shown_figure_v1(today.upper_quartile) AS upper_quartile, today.taken_at,
       round((today.median / before.median - 1) * 100, 2) AS change_pct,
       round((today.median / month.median - 1) * 100, 2) AS change_of_30_days_pct
  FROM latest
  JOIN market_index AS today ON today.taken_on = latest.taken_on
 CROSS JOIN earlier
  LEFT JOIN market_index AS before
    ON (before.shape, before.stone_type, before.carats_from, before.taken_on)
     = (today.shape, today.stone_type, today.carats_from, earlier.day_before)
  LEFT JOIN market_index AS month
    ON (month.shape, month.stone_type, month.carats_from, month.taken_on)
     = (today.shape, today.stone_type, today.carats_from, earlier.month_before)
 WHERE (%(shape)s::text IS NULL OR today.shape = %(shape)s)
   AND (%(stone_type)s::text IS NULL OR today.stone_type = %(stone_type)s)
 ORDER BY today.shape, today.stone_type, today.carats_from;

-- name: market_history :many
-- One kind of stone by the day, newest first.
SELECT taken_on, stones, shown_figure_v1(median) AS median, shown_figure_v1(lower_quartile) AS lower_quartile,
       shown_figure_v1(upper_quartile) AS upper_quartile
  FROM market_index
 WHERE shape = %(shape)s AND stone_type = %(stone_type)s AND carats_from = carat_band_v1(%(carats)s)
 ORDER BY taken_on DESC
 LIMIT %(days)s;
