-- name: consolidate_batch :one
-- Take stones from the queue, price and rate them, and write what differs: all in one statement.
WITH taken AS (
    DELETE FROM consolidation_queue
     WHERE ctid = ANY (ARRAY(SELECT ctid
                               FROM consolidation_queue
                              WHERE feed = %(feed)s
                              ORDER BY diamond_id
                              LIMIT %(limit)s
                                FOR UPDATE SKIP LOCKED))
    RETURNING diamond_id
), stones AS (
    SELECT staged.*
      FROM taken
      JOIN staged_diamonds AS staged USING (diamond_id)
), decided AS (
    SELECT stones.*,
           pricing.version AS pricing_rule_set_version,
           rating.version AS rating_rule_set_version,
           rule.id AS pricing_rule_id,
           rule.rating AS pricing_rating,
           COALESCE(rule.markup_ratio, 1 + (base.margin + COALESCE(rule.margin_modifier, 0)) / 100)::numeric(9,4) AS markup_ratio,
           COALESCE(rated.rating, rule.rating, 5) AS rating
      FROM stones
      LEFT JOIN pricing_rule_sets AS pricing ON pricing.state = 'active'
      LEFT JOIN rating_rule_sets AS rating ON rating.state = 'active'
      LEFT JOIN pricing_base_margins AS base
             ON base.rule_set_version = pricing.version AND base.stone_type = stones.stone_type
      LEFT JOIN LATERAL (
           SELECT candidate.id, candidate.rating, candidate.markup_ratio, candidate.margin_modifier
             FROM pricing_rules AS candidate
            WHERE candidate.rule_set_version = pricing.version
              AND (candidate.stone_type IS NULL OR candidate.stone_type = stones.stone_type)
              AND (candidate.feed IS NULL OR candidate.feed = stones.feed)
              AND (candidate.lab_grown IS NULL OR candidate.lab_grown = stones.lab_grown)
              AND (candidate.shapes IS NULL OR stones.shape = ANY (candidate.shapes))
              AND (candidate.price_min IS NULL OR stones.feed_price >= candidate.price_min)
              AND (candidate.price_below IS NULL OR stones.feed_price < candidate.price_below)
              AND (candidate.carat_min IS NULL OR stones.carats >= candidate.carat_min)
              AND (candidate.carat_below IS NULL OR stones.carats < candidate.carat_below)
            ORDER BY candidate.priority, candidate.id
            LIMIT 1) AS rule ON true
      LEFT JOIN LATERAL (
           SELECT candidate.rating
             FROM rating_rules AS candidate
            WHERE candidate.rule_set_version = rating.version
              AND (candidate.feed IS NULL OR candidate.feed = stones.feed)
              AND (candidate.price_min IS NULL OR stones.feed_price >= candidate.price_min)
              AND (candidate.price_below IS NULL OR stones.feed_price < candidate.price_below)
            ORDER BY candidate.priority, candidate.id
            LIMIT 1) AS rated ON true
), before AS (
    SELECT diamond.id, diamond.status
      FROM stones
      JOIN diamonds AS diamond ON diamond.id = stones.diamond_id
), written AS (
    INSERT INTO diamonds AS diamond (
           id, feed, supplier_stone_id, offer_id, shape, carats, color, clarity, cut, polish, symmetry,
           fluorescence_intensity, fluorescence_color, fancy_color, fancy_intensity, fancy_overtone,
           lab_grown, treated, stone_type, feed_price, feed_price_per_carat, feed_availability,
           certificate_lab, certificate_number, certificate_url, image_url, video_url,
           length_mm, width_mm, depth_mm, depth_pct, table_pct, supplier_name, source_updated_at, content_hash,
           crown_angle, crown_height, pavilion_angle, pavilion_depth, girdle, culet, eye_clean, milky,
           brown_tinge, green_tinge, blue_tinge, gray_tinge, bowtie, growth_type, origin, location,
           delivery_days_min, delivery_days_max, return_days, key_to_symbols, comments, image_urls,
           supplier_legal_name, diamond_price, raw_availability, feed_hold_id)
    SELECT diamond_id, feed, supplier_stone_id, offer_id, shape, carats, color, clarity, cut, polish, symmetry,
           fluorescence_intensity, fluorescence_color, fancy_color, fancy_intensity, fancy_overtone,
           lab_grown, treated, stone_type, feed_price, feed_price_per_carat, feed_availability,
           certificate_lab, certificate_number, certificate_url, image_url, video_url,
           length_mm, width_mm, depth_mm, depth_pct, table_pct, supplier_name, source_updated_at, content_hash,
           crown_angle, crown_height, pavilion_angle, pavilion_depth, girdle, culet, eye_clean, milky,
           brown_tinge, green_tinge, blue_tinge, gray_tinge, bowtie, growth_type, origin, location,
           delivery_days_min, delivery_days_max, return_days, key_to_symbols, comments, image_urls,
           supplier_legal_name, diamond_price, raw_availability, feed_hold_id
      FROM stones
     ORDER BY feed, supplier_stone_id
        ON CONFLICT (feed, supplier_stone_id) DO UPDATE
       SET offer_id = EXCLUDED.offer_id,
           shape = EXCLUDED.shape,
           carats = EXCLUDED.carats,
           color = EXCLUDED.color,
           clarity = EXCLUDED.clarity,
           cut = EXCLUDED.cut,
           polish = EXCLUDED.polish,
           symmetry = EXCLUDED.symmetry,
           fluorescence_intensity = EXCLUDED.fluorescence_intensity,
           fluorescence_color = EXCLUDED.fluorescence_color,
           fancy_color = EXCLUDED.fancy_color,
           fancy_intensity = EXCLUDED.fancy_intensity,
           fancy_overtone = EXCLUDED.fancy_overtone,
           lab_grown = EXCLUDED.lab_grown,
           treated = EXCLUDED.treated,
           stone_type = EXCLUDED.stone_type,
           feed_price = EXCLUDED.feed_price,
           feed_price_per_carat = EXCLUDED.feed_price_per_carat,
           feed_availability = EXCLUDED.feed_availability,
           certificate_lab = EXCLUDED.certificate_lab,
           certificate_number = EXCLUDED.certificate_number,
           certificate_url = EXCLUDED.certificate_url,
           image_url = EXCLUDED.image_url,
           video_url = EXCLUDED.video_url,
           length_mm = EXCLUDED.length_mm,
           width_mm = EXCLUDED.width_mm,
           depth_mm = EXCLUDED.depth_mm,
           depth_pct = EXCLUDED.depth_pct,
           table_pct = EXCLUDED.table_pct,
           supplier_name = EXCLUDED.supplier_name,
           source_updated_at = EXCLUDED.source_updated_at,
           content_hash = EXCLUDED.content_hash,
           crown_angle = EXCLUDED.crown_angle,
           crown_height = EXCLUDED.crown_height,
           pavilion_angle = EXCLUDED.pavilion_angle,
           pavilion_depth = EXCLUDED.pavilion_depth,
           girdle = EXCLUDED.girdle,
           culet = EXCLUDED.culet,
           eye_clean = EXCLUDED.eye_clean,
           milky = EXCLUDED.milky,
           brown_tinge = EXCLUDED.brown_tinge,
           green_tinge = EXCLUDED.green_tinge,
           blue_tinge = EXCLUDED.blue_tinge,
           gray_tinge = EXCLUDED.gray_tinge,
           bowtie = EXCLUDED.bowtie,
           growth_type = EXCLUDED.growth_type,
           origin = EXCLUDED.origin,
           location = EXCLUDED.location,
           delivery_days_min = EXCLUDED.delivery_days_min,
           delivery_days_max = EXCLUDED.delivery_days_max,
           return_days = EXCLUDED.return_days,
           key_to_symbols = EXCLUDED.key_to_symbols,
           comments = EXCLUDED.comments,
           image_urls = EXCLUDED.image_urls,
           supplier_legal_name = EXCLUDED.supplier_legal_name,
           diamond_price = EXCLUDED.diamond_price,
           raw_availability = EXCLUDED.raw_availability,
           feed_hold_id = EXCLUDED.feed_hold_id,
           status = 'active',
           deleted_at = NULL,
           updated_at = now()
     WHERE diamond.content_hash <> EXCLUDED.content_hash OR diamond.status = 'deleted'
    RETURNING diamond.id
), priced AS (
    INSERT INTO diamond_prices AS price (
           diamond_id, price_model_price, markup_ratio, pricing_rule_id, pricing_rating, rating,
           pricing_rule_set_version, rating_rule_set_version)
    SELECT diamond_id, round(feed_price * markup_ratio, 2), markup_ratio, pricing_rule_id, pricing_rating, rating,
           pricing_rule_set_version, rating_rule_set_version
      FROM decided
     ORDER BY diamond_id
        ON CONFLICT (diamond_id) DO UPDATE
       SET price_model_price = EXCLUDED.price_model_price,
           markup_ratio = EXCLUDED.markup_ratio,
           pricing_rule_id = EXCLUDED.pricing_rule_id,
           pricing_rating = EXCLUDED.pricing_rating,
           rating = EXCLUDED.rating,
           pricing_rule_set_version = EXCLUDED.pricing_rule_set_version,
           rating_rule_set_version = EXCLUDED.rating_rule_set_version,
           priced_at = now()
     WHERE (price.price_model_price, price.markup_ratio, price.pricing_rule_id, price.pricing_rating, price.rating)
           IS DISTINCT FROM
           (EXCLUDED.price_model_price, EXCLUDED.markup_ratio, EXCLUDED.pricing_rule_id, EXCLUDED.pricing_rating, EXCLUDED.rating)
    RETURNING price.diamond_id
)
SELECT (SELECT count(*) FROM taken)::integer AS taken,
       (SELECT count(*) FROM written LEFT JOIN before USING (id) WHERE before.id IS NULL)::integer AS inserted,
       (SELECT count(*) FROM written JOIN before USING (id) WHERE before.status = 'active')::integer AS updated,
       (SELECT count(*) FROM written JOIN before USING (id) WHERE before.status = 'deleted')::integer AS resurrected,
       (SELECT count(*) FROM priced)::integer AS priced;

-- name: count_queued :one
-- How many stones of a feed wait to be consolidated.
SELECT count(*) FROM consolidation_queue WHERE feed = %(feed)s;
