-- What the public may see of a stone, in one place; comparisons between stones; the market by the day.

-- Places on the trade's scales, best first; null for what is not on them. shared/diamonds/grading.py has the same scales.
CREATE FUNCTION color_rank_v1(grade text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position('{D,E,F,G,H,I,J,K,L,M,N,O,P,Q,R,S,T,U,V,W,X,Y,Z}'::text[], grade);
CREATE FUNCTION clarity_rank_v1(grade text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position('{FL,IF,VVS1,VVS2,VS1,VS2,SI1,SI2,SI3,I1,I2,I3}'::text[], grade);
CREATE FUNCTION cut_rank_v1(grade text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position('{ID,EX,VG,G,F,P}'::text[], grade);
CREATE FUNCTION fluorescence_rank_v1(grade text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position('{NONE,FAINT,MEDIUM,STRONG,VERY_STRONG}'::text[], grade);

-- How many grades lie between two; two unknown ones are alike, an unknown and a known one are far apart.
CREATE FUNCTION grades_apart_v1(one integer, other integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN one IS NULL AND other IS NULL THEN 0 ELSE COALESCE(abs(one - other), 99) END;

-- The lower end of the trade's weight band: prices per carat jump from band to band.
CREATE FUNCTION carat_band_v1(carats numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (ARRAY[0, 0.04, 0.08, 0.15, 0.18, 0.23, 0.3, 0.4, 0.5, 0.7, 0.9, 1, 1.5, 2, 3, 4, 5, 6, 10]::numeric[])[
        width_bucket(carats, ARRAY[0, 0.04, 0.08, 0.15, 0.18, 0.23, 0.3, 0.4, 0.5, 0.7, 0.9, 1, 1.5, 2, 3, 4, 5, 6, 10]::numeric[])];

-- Never cost, markup, rules, feed or supplier: what is not a column here cannot leak.
CREATE VIEW public_stones WITH (security_invoker = true) AS
SELECT diamond.id,
       diamond.shape,
       diamond.carats,
       diamond.color,
       diamond.clarity,
       diamond.cut,
       diamond.polish,
       diamond.symmetry,
       diamond.fluorescence_intensity,
       diamond.fluorescence_color,
       diamond.fancy_color,
       diamond.fancy_intensity,
       diamond.fancy_overtone,
       diamond.lab_grown,
       diamond.growth_type,
       diamond.treated,
       diamond.stone_type,
       diamond.availability,
       price.price_model_price AS price,
       round(price.price_model_price / diamond.carats, 2) AS price_per_carat,
       price.rating,
       diamond.certificate_lab,
       diamond.certificate_number,
       diamond.certificate_url,
       diamond.image_url,
       diamond.image_urls,
       diamond.video_url,
       diamond.length_mm,
       diamond.width_mm,
       diamond.depth_mm,
       diamond.depth_pct,
       diamond.table_pct,
       diamond.ratio,
       diamond.crown_angle,
       diamond.crown_height,
       diamond.pavilion_angle,
       diamond.pavilion_depth,
       diamond.girdle,
       diamond.culet,
       diamond.eye_clean,
       diamond.milky,
       diamond.brown_tinge,
       diamond.green_tinge,
       diamond.blue_tinge,
       diamond.gray_tinge,
       diamond.bowtie,
       diamond.origin,
       diamond.location,
       diamond.delivery_days_min,
       diamond.delivery_days_max,
       diamond.return_days,
       diamond.key_to_symbols,
       diamond.created_at,
       diamond.updated_at,
       color_rank_v1(diamond.color) AS color_rank,
       clarity_rank_v1(diamond.clarity) AS clarity_rank,
       cut_rank_v1(diamond.cut) AS cut_rank
  FROM diamonds AS diamond
  JOIN diamond_prices AS price ON price.diamond_id = diamond.id
 WHERE diamond.status = 'active';

-- related_stones, similar_stones, matching_stones, deal_peers, not_worse_stones: a range of weights for each combination
-- of grades; the expressions make unknown grades findable, the columns behind INCLUDE spare the wide rows.
CREATE INDEX diamonds_by_grades ON diamonds (
        shape, lab_grown, COALESCE(color, fancy_color, ''), COALESCE(clarity, ''), COALESCE(cut, ''), carats, id)
    INCLUDE (color, clarity, cut, fancy_color, fancy_intensity)
    WHERE status = 'active' AND availability = 'available';

-- Prices per carat of what is on sale, once a day.
CREATE TABLE market_index (
    taken_on       date NOT NULL,
    shape          text NOT NULL,
    stone_type     text NOT NULL,
    carats_from    numeric(6,2) NOT NULL,
    stones         integer NOT NULL CONSTRAINT stones_positive CHECK (stones > 0),
    median         numeric(12,2) NOT NULL,
    lower_quartile numeric(12,2) NOT NULL,
    upper_quartile numeric(12,2) NOT NULL,
    -- One moment for all rows of a day.
    taken_at       timestamptz NOT NULL,
    PRIMARY KEY (shape, stone_type, carats_from, taken_on)
);
-- take_market_index: whether today's is there.
CREATE INDEX market_index_by_day ON market_index (taken_on);
ALTER TABLE market_index ENABLE ROW LEVEL SECURITY;
