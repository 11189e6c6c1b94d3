-- name: find_stone :one
-- One active stone as the public sees it.
SELECT * FROM public_stones WHERE id = %(id)s;

-- name: list_stones :many
-- Active stones by their ids.
SELECT * FROM public_stones WHERE id = ANY(%(ids)s::uuid[]);

-- name: find_by_certificate :many
-- Active stones with this report, on sale first, then the cheapest.
SELECT *
  FROM public_stones
 WHERE certificate_lab = %(lab)s AND certificate_number = %(number)s
 ORDER BY availability <> 'available', price, id
 LIMIT 20;

-- name: related_stones :many
-- The best rated, the dearest and one rated in the middle of about a weight and of these grades.
WITH alike AS MATERIALIZED (
    SELECT diamond.id, diamond.created_at, price.price_model_price AS price, price.rating
      FROM diamonds AS diamond
      JOIN shown_prices AS price ON price.diamond_id = diamond.id
     WHERE diamond.status = 'active'
       AND diamond.availability = 'available'
       AND diamond.shape = %(shape)s
       AND diamond.lab_grown = %(lab_grown)s
       AND COALESCE(diamond.color, diamond.fancy_color, '') = ANY(%(colors)s::text[])
       AND COALESCE(diamond.clarity, '') = ANY(%(clarities)s::text[])
       AND COALESCE(diamond.cut, '') = ANY(%(cuts)s::text[])
       AND diamond.carats BETWEEN %(carats_from)s AND %(carats_to)s
       AND diamond.id <> %(id)s
     LIMIT %(candidates)s
), best AS (
    SELECT id FROM alike ORDER BY rating DESC, price DESC, created_at DESC, id LIMIT 1
), dearest AS (
    SELECT id FROM alike WHERE id NOT IN (TABLE best) ORDER BY price DESC, id LIMIT 1
), middle AS (
    SELECT id
      FROM alike
     WHERE id NOT IN (TABLE best UNION ALL TABLE dearest)
     ORDER BY abs(rating - 7.5), price DESC, id
     LIMIT 1
), slot AS (
    SELECT 'highest_rated' AS slot, id FROM best
    UNION ALL SELECT 'most_expensive', id FROM dearest
    UNION ALL SELECT 'mid_rated', id FROM middle
)
SELECT slot.slot, stone.* FROM slot JOIN public_stones AS stone USING (id);

-- name: similar_stones :many
-- The nearest on sale: a point a per cent of weight, 6 a grade of colour or clarity, 4 a grade of cut.
WITH cell AS (
    SELECT color, clarity, cut,
           6 * grades_apart_v1(color_rank_v1(color), color_rank_v1(%(color)s))
           + 6 * grades_apart_v1(clarity_rank_v1(clarity), clarity_rank_v1(%(clarity)s))
           + 4 * grades_apart_v1(cut_rank_v1(cut), cut_rank_v1(%(cut)s)) AS apart
      FROM unnest(%(colors)s::text[]) AS color, unnest(%(clarities)s::text[]) AS clarity, unnest(%(cuts)s::text[]) AS cut
), nearest AS (
    SELECT near.id, round(cell.apart + 100 * abs(near.carats / %(carats)s - 1), 2) AS distance
      FROM cell
     CROSS JOIN LATERAL (
          (SELECT diamond.id, diamond.carats
             FROM diamonds AS diamond
            WHERE diamond.status = 'active'
              AND diamond.availability = 'available'
              AND diamond.shape = %(shape)s
              AND diamond.lab_grown = %(lab_grown)s
              AND COALESCE(diamond.color, diamond.fancy_color, '') = cell.color
              AND COALESCE(diamond.clarity, '') = cell.clarity
              AND COALESCE(diamond.cut, '') = cell.cut
              AND diamond.fancy_intensity IS NOT DISTINCT FROM %(fancy_intensity)s::text
              AND diamond.carats BETWEEN %(carats)s AND %(carats)s * 1.2
              AND diamond.id <> %(id)s
            ORDER BY diamond.carats, diamond.id
            LIMIT %(limit)s)
           UNION ALL
          (SELECT diamond.id, diamond.carats
             FROM diamonds AS diamond
            WHERE diamond.status = 'active'
              AND diamond.availability = 'available'
              AND diamond.shape = %(shape)s
              AND diamond.lab_grown = %(lab_grown)s
              AND COALESCE(diamond.color, diamond.fancy_color, '') = cell.color
              AND COALESCE(diamond.clarity, '') = cell.clarity
              AND COALESCE(diamond.cut, '') = cell.cut
              AND diamond.fancy_intensity IS NOT DISTINCT FROM %(fancy_intensity)s::text
              AND diamond.carats < %(carats)s AND diamond.carats >= %(carats)s * 0.8
            ORDER BY diamond.carats DESC, diamond.id DESC
            LIMIT %(limit)s)) AS near
     ORDER BY distance, near.id
     LIMIT %(limit)s
)
SELECT nearest.distance, stone.* FROM nearest JOIN public_stones AS stone USING (id) ORDER BY nearest.distance, id;

-- name: matching_stones :many
-- What makes a pair with it: 2 per cent of weight, the same grades, the same outline; the nearest in size first.
WITH pair AS (
    SELECT diamond.id, abs(diamond.length_mm - %(length_mm)s) + abs(diamond.width_mm - %(width_mm)s) AS apart
      FROM diamonds AS diamond
     WHERE diamond.status = 'active'
       AND diamond.availability = 'available'
       AND diamond.shape = %(shape)s
       AND diamond.lab_grown = %(lab_grown)s
       AND COALESCE(diamond.color, diamond.fancy_color, '') = ANY(%(colors)s::text[])
       AND COALESCE(diamond.clarity, '') = ANY(%(clarities)s::text[])
       AND COALESCE(diamond.cut, '') = ANY(%(cuts)s::text[])
       AND diamond.fancy_intensity IS NOT DISTINCT FROM %(fancy_intensity)s::text
       AND diamond.carats BETWEEN %(carats)s * 0.98 AND %(carats)s * 1.02
       AND abs(diamond.ratio - %(ratio)s) <= 0.03
       AND diamond.id <> %(id)s
     ORDER BY apart, diamond.id
     LIMIT %(limit)s
)
SELECT stone.* FROM pair JOIN public_stones AS stone USING (id) ORDER BY pair.apart, id;

-- name: deal_peers :one
-- Prices per carat of stones on sale of these grades, of about a weight and of its weight band.
WITH peer AS MATERIALIZED (
    SELECT price.price_model_price / diamond.carats AS per_carat
      FROM diamonds AS diamond
      JOIN shown_prices AS price ON price.diamond_id = diamond.id
     WHERE diamond.status = 'active'
       AND diamond.availability = 'available'
       AND diamond.shape = %(shape)s
       AND diamond.lab_grown = %(lab_grown)s
       AND COALESCE(diamond.color, diamond.fancy_color, '') = ANY(%(colors)s::text[])
       AND COALESCE(diamond.clarity, '') = ANY(%(clarities)s::text[])
       AND COALESCE(diamond.cut, '') = ANY(%(cuts)s::text[])
       AND diamond.fancy_intensity IS NOT DISTINCT FROM %(fancy_intensity)s::text
       AND diamond.carats BETWEEN %(carats)s * 0.9 AND %(carats)s * 1.1
       AND carat_band_v1(diamond.carats) = carat_band_v1(%(carats)s)
       AND diamond.id <> %(id)s
)
SELECT count(*)::integer AS peers,
       count(*) FILTER (WHERE per_carat > %(price)s::numeric / %(carats)s::numeric)::integer AS dearer,
       count(*) FILTER (WHERE per_carat = %(price)s::numeric / %(carats)s::numeric)::integer AS equal,
       round(percentile_disc(0.25) WITHIN GROUP (ORDER BY per_carat), 2) AS lower_quartile,
       round(percentile_disc(0.5) WITHIN GROUP (ORDER BY per_carat), 2) AS median,
       round(percentile_disc(0.75) WITHIN GROUP (ORDER BY per_carat), 2) AS upper_quartile
  FROM peer;

-- name: not_worse_stones :many
-- Per combination of these grades the cheapest on sale up to a price: the cheapest at all, and the cheapest that is heavier.
WITH candidate AS MATERIALIZED (
    SELECT diamond.id, diamond.carats, diamond.color, diamond.clarity, diamond.cut, price.price_model_price AS price
      FROM diamonds AS diamond
      JOIN shown_prices AS price ON price.diamond_id = diamond.id
     WHERE diamond.status = 'active'
       AND diamond.availability = 'available'
       AND diamond.shape = %(shape)s
       AND diamond.lab_grown = %(lab_grown)s
       AND COALESCE(diamond.color, diamond.fancy_color, '') = ANY(%(colors)s::text[])
       AND COALESCE(diamond.clarity, '') = ANY(%(clarities)s::text[])
       AND COALESCE(diamond.cut, '') = ANY(%(cuts)s::text[])
       AND diamond.fancy_intensity IS NOT DISTINCT FROM %(fancy_intensity)s::text
       AND diamond.carats BETWEEN %(carats)s AND %(carats_to)s
       AND price.price_model_price <= %(price_to)s
       AND diamond.id <> %(id)s
), cheapest AS (
    (SELECT DISTINCT ON (color, clarity, cut) * FROM candidate ORDER BY color, clarity, cut, price, carats DESC, id)
     UNION
    (SELECT DISTINCT ON (color, clarity, cut) * FROM candidate WHERE carats > %(carats)s
      ORDER BY color, clarity, cut, price, carats DESC, id)
)
SELECT id, carats, price, color_rank_v1(color) AS color_rank, clarity_rank_v1(clarity) AS clarity_rank,
       cut_rank_v1(cut) AS cut_rank
  FROM cheapest;

-- name: public_price_history :many
-- From when to when which price was shown, newest first; the first one is today's.
WITH step AS (
    SELECT id, old_price AS price, old_priced_at AS priced_at, changed_at AS until, new_price
      FROM price_changes
     WHERE diamond_id = %(id)s AND new_price IS DISTINCT FROM old_price
    UNION ALL
    SELECT NULL, price_model_price, priced_at, NULL, NULL FROM diamond_prices WHERE diamond_id = %(id)s
)
SELECT shown_price_v1(step.price)::numeric(12,2) AS price,
       CASE WHEN lag(step.until) OVER place IS NULL THEN stone.created_at
            WHEN lag(step.new_price) OVER place IS NULL THEN step.priced_at
            ELSE lag(step.until) OVER place END AS since,
       step.until
  FROM step, diamonds AS stone
 WHERE stone.id = %(id)s
WINDOW place AS (ORDER BY step.id NULLS LAST)
 ORDER BY step.id DESC NULLS FIRST
 LIMIT %(limit)s;

-- name: find_costs :one
-- For staff: what a stone costs us, our markup, and whose it is.
SELECT diamond.feed,
       diamond.supplier_stone_id,
       diamond.offer_id,
       diamond.supplier_name,
       diamond.supplier_legal_name,
       diamond.feed_price,
       price.markup_ratio
  FROM diamonds AS diamond
  JOIN diamond_prices AS price ON price.diamond_id = diamond.id
 WHERE diamond.id = %(id)s::uuid;
