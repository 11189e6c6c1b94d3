-- Prices of one customer or channel: what the retail price becomes for whoever calls with a key bound to a list.

CREATE TABLE price_lists (
    name        text PRIMARY KEY CONSTRAINT price_list_named CHECK (name <> ''),
    -- Hundredths of a per cent on the retail price: -750 is 7.5 per cent below it.
    points      integer NOT NULL CONSTRAINT points_bounded CHECK (points BETWEEN -5000 AND 10000),
    -- 2 rounds to cents, 0 to whole dollars.
    places      integer NOT NULL DEFAULT 2 CONSTRAINT places_known CHECK (places IN (0, 2)),
    -- Before and after the retail price holds.
    valid_from  timestamptz NOT NULL DEFAULT now(),
    valid_until timestamptz,
    changed_at  timestamptz NOT NULL DEFAULT now(),
    changed_by  text NOT NULL,
    CONSTRAINT price_list_begins_before_it_ends CHECK (valid_until > valid_from)
);
ALTER TABLE price_lists ENABLE ROW LEVEL SECURITY;

-- Names that keys were given while there were no lists: nothing changes for them.
INSERT INTO price_lists (name, points, changed_by)
SELECT DISTINCT price_list, 0, 'migration' FROM api_keys WHERE price_list <> '';
UPDATE api_keys SET price_list = NULL WHERE price_list = '';
ALTER TABLE api_keys
    ADD CONSTRAINT api_keys_price_list_fkey FOREIGN KEY (price_list) REFERENCES price_lists (name);

-- The one rounding of a list's price, half away from zero, never to nothing. shared/price_lists/model.py says the same.
CREATE FUNCTION listed_price_v1(retail numeric, points integer, places integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN GREATEST(round(retail * (10000 + points) * 0.0001, places), CASE places WHEN 0 THEN 1 ELSE 0.01 END);

-- Who asks is said once, as the transaction begins (shared/price_lists/asking.py); nobody's list is the retail price.
CREATE FUNCTION shown_price_v1(retail numeric) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN COALESCE(current_setting('opus.price_points', true), '') = '' THEN retail
                ELSE listed_price_v1(retail, current_setting('opus.price_points')::integer,
                                     current_setting('opus.price_places')::integer) END;

-- A figure over many stones, per carat, is moved by the points and rounded to cents.
CREATE FUNCTION shown_figure_v1(retail numeric) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN COALESCE(current_setting('opus.price_points', true), '') = '' THEN retail
                ELSE round(retail * (10000 + current_setting('opus.price_points')::integer) * 0.0001, 2) END;

-- What a caller is shown and promised reads prices from here, never from diamond_prices.
CREATE VIEW shown_prices WITH (security_invoker = true) AS
SELECT diamond_id,
       shown_price_v1(price_model_price)::numeric(12,2) AS price_model_price,
       cost,
       markup_ratio,
       rating,
       pricing_rule_set_version,
       priced_at
  FROM diamond_prices;

-- As it was, but for where its prices come from.
CREATE OR REPLACE VIEW public_stones WITH (security_invoker = true) AS
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
  JOIN shown_prices AS price ON price.diamond_id = diamond.id
 WHERE diamond.status = 'active';

-- At whose prices a hold was asked for and a copy is written; null: the retail price.
ALTER TABLE holds
    ADD COLUMN price_points integer,
    ADD COLUMN price_places integer;
ALTER TABLE exports
    ADD COLUMN price_points integer,
    ADD COLUMN price_places integer;
