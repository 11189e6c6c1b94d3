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
    SELECT staged.*, round(staged.length_mm / NULLIF(staged.width_mm, 0), 2) AS ratio
      FROM taken
      JOIN staged_diamonds AS staged USING (diamond_id)
), decided AS (
    SELECT stone.diamond_id, stone.supplier_stone_id, stone.stone_type, stone.feed_price,
           stone.content_hash, stone.payload_hash, stone.mapper_version,
           NULL::uuid /* pricing tree */ AS pricing_rule_id,
           NULL::uuid /* rating tree */ AS rating_rule_id
      FROM stones AS stone
), quoted AS (
    SELECT decided.*,
           made.*,
           COALESCE(override.price, made.rule_price) AS price,
           override.id AS override_id,
           COALESCE(rated.rating, made.pricing_rating, 5)::smallint AS rating,
           prior.old,
           can_be_a_price_v1(made.rule_price) IS NOT TRUE AS faulty,
           COALESCE(override.id IS NULL AND (prior.old).override_id IS NULL
                    AND abs(made.rule_price - (prior.old).price_model_price) * 100
                        > rule_set.movement_limit * (prior.old).price_model_price, false) AS held
      FROM decided
      LEFT JOIN pricing_rule_sets AS rule_set ON rule_set.version = %(pricing_version)s
      LEFT JOIN LATERAL price_by_rule_v1(%(pricing_version)s, decided.pricing_rule_id, decided.stone_type, decided.feed_price)
             AS made ON true
      LEFT JOIN rating_rules AS rated ON rated.rule_set_version = %(rating_version)s AND rated.id = decided.rating_rule_id
      LEFT JOIN price_overrides AS override
             ON override.diamond_id = decided.diamond_id AND override.ended_at IS NULL
            AND (override.expires_at IS NULL OR override.expires_at > %(at)s)
      LEFT JOIN LATERAL (SELECT on_file AS old FROM diamond_prices AS on_file
                          WHERE on_file.diamond_id = decided.diamond_id OFFSET 0) AS prior ON true
), before AS (
    SELECT diamond.id, diamond.status, diamond.content_hash
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
     -- What is on file already is left alone: even to find that out, ON CONFLICT would lock and log the row.
     WHERE (diamond_id, content_hash) NOT IN (SELECT id, before.content_hash FROM before WHERE before.status = 'active')
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
           diamond_id, price_model_price, rule_price, base_price, cost, markup_ratio, fixed_fee, pricing_rule_id,
           pricing_rating, rating, rating_rule_id, pricing_rule_set_version, rating_rule_set_version, override_id,
           mapper_version, payload_hash, priced_at)
    SELECT diamond_id, price, rule_price, base_price, feed_price, markup_ratio, fixed_fee, pricing_rule_id,
           pricing_rating, rating, rating_rule_id, %(pricing_version)s, %(rating_version)s, override_id,
           mapper_version, payload_hash, %(at)s
      FROM quoted
     WHERE NOT faulty AND NOT held
       AND ((old).price_model_price, (old).rule_price, (old).base_price, (old).cost, (old).markup_ratio, (old).fixed_fee,
            (old).pricing_rule_id, (old).pricing_rating, (old).rating, (old).rating_rule_id, (old).override_id)
           IS DISTINCT FROM
           (price, rule_price, base_price, feed_price, markup_ratio, fixed_fee,
            pricing_rule_id, pricing_rating, rating, rating_rule_id, override_id)
     ORDER BY diamond_id
        ON CONFLICT (diamond_id) DO UPDATE
       SET price_model_price = EXCLUDED.price_model_price,
           rule_price = EXCLUDED.rule_price,
           base_price = EXCLUDED.base_price,
           cost = EXCLUDED.cost,
           markup_ratio = EXCLUDED.markup_ratio,
           fixed_fee = EXCLUDED.fixed_fee,
           pricing_rule_id = EXCLUDED.pricing_rule_id,
           pricing_rating = EXCLUDED.pricing_rating,
           rating = EXCLUDED.rating,
           rating_rule_id = EXCLUDED.rating_rule_id,
           pricing_rule_set_version = EXCLUDED.pricing_rule_set_version,
           rating_rule_set_version = EXCLUDED.rating_rule_set_version,
           override_id = EXCLUDED.override_id,
           mapper_version = EXCLUDED.mapper_version,
           payload_hash = EXCLUDED.payload_hash,
           priced_at = EXCLUDED.priced_at
     WHERE (price.price_model_price, price.rule_price, price.base_price, price.cost, price.markup_ratio, price.fixed_fee,
            price.pricing_rule_id, price.pricing_rating, price.rating, price.rating_rule_id, price.override_id)
           IS DISTINCT FROM
           (EXCLUDED.price_model_price, EXCLUDED.rule_price, EXCLUDED.base_price, EXCLUDED.cost, EXCLUDED.markup_ratio,
            EXCLUDED.fixed_fee, EXCLUDED.pricing_rule_id, EXCLUDED.pricing_rating, EXCLUDED.rating, EXCLUDED.rating_rule_id,
            EXCLUDED.override_id)
    RETURNING price AS new
), off_sale AS (
    -- No price, no sale: what the rules cannot price is never sold at a guess.
    DELETE FROM diamond_prices AS price USING quoted WHERE quoted.faulty AND price.diamond_id = quoted.diamond_id
), remembered AS (
    INSERT INTO price_changes (
           diamond_id, changed_at, origin, origin_id, old_price, old_rule_price, old_base_price, old_cost, old_markup_ratio,
           old_fixed_fee, old_pricing_rule_id, old_pricing_rating, old_rating, old_pricing_rule_set_version,
           old_override_id, old_mapper_version, old_payload_hash, old_priced_at, new_price, new_markup_ratio,
           new_pricing_rule_id, new_rating, supplier_cost, rule, rounding, override, mapper)
    SELECT (old).diamond_id, %(at)s, CASE WHEN faulty THEN 'quarantine' ELSE 'ingest' END, %(run_id)s::uuid,
           (old).price_model_price, (old).rule_price, (old).base_price, (old).cost, (old).markup_ratio,
           (old).fixed_fee, (old).pricing_rule_id, (old).pricing_rating, (old).rating, (old).pricing_rule_set_version,
           (old).override_id, (old).mapper_version, (old).payload_hash, (old).priced_at,
           (new).price_model_price, (new).markup_ratio, (new).pricing_rule_id, (new).rating,
           COALESCE(part.supplier_cost, 0), COALESCE(part.rule, 0), COALESCE(part.rounding, 0),
           COALESCE(part.override, 0), COALESCE(part.mapper, 0)
      FROM quoted
      LEFT JOIN priced ON (priced.new).diamond_id = quoted.diamond_id
      LEFT JOIN LATERAL price_parts_v1(quoted.old, priced.new) AS part ON true
     WHERE (old).diamond_id IS NOT NULL AND (faulty OR (new).diamond_id IS NOT NULL)
     ORDER BY quoted.diamond_id
), in_review AS (
    INSERT INTO price_reviews AS review (diamond_id, old_price, proposed_price, cost, movement, run_id)
    SELECT diamond_id, (old).price_model_price, rule_price, feed_price,
           round((rule_price - (old).price_model_price) * 100 / (old).price_model_price, 2), %(run_id)s::uuid
      FROM quoted
     WHERE held AND NOT faulty
        ON CONFLICT (diamond_id) DO UPDATE
       SET old_price = EXCLUDED.old_price, proposed_price = EXCLUDED.proposed_price, cost = EXCLUDED.cost,
           movement = EXCLUDED.movement, run_id = EXCLUDED.run_id, held_at = now(),
           decision = NULL, decided_by = NULL, decided_at = NULL
     WHERE review.proposed_price <> EXCLUDED.proposed_price OR review.decision = 'approved'
), reviewed AS (
    DELETE FROM price_reviews AS review USING quoted WHERE NOT quoted.held AND review.diamond_id = quoted.diamond_id
), quarantined AS (
    INSERT INTO quarantine (feed, supplier_stone_id, diamond_id, field, reason, payload, payload_hash, mapper_version, first_run_id, last_run_id)
    SELECT %(feed)s, faulty.supplier_stone_id, faulty.diamond_id, 'price',
           format('the rules make no price of it: %%s (rule set %%s, rule %%s)',
                  COALESCE(faulty.rule_price::text, 'none'), %(pricing_version)s::integer, COALESCE(faulty.pricing_rule_id::text, 'none')),
           COALESCE((SELECT raw.payload FROM raw_diamonds AS raw
                      WHERE raw.feed = %(feed)s AND raw.supplier_stone_id = faulty.supplier_stone_id), '{}'),
           COALESCE(faulty.payload_hash, faulty.content_hash), faulty.mapper_version,
           COALESCE(%(run_id)s::uuid, '00000000-0000-0000-0000-000000000000'),
           COALESCE(%(run_id)s::uuid, '00000000-0000-0000-0000-000000000000')
      FROM quoted AS faulty
     WHERE faulty.faulty
        ON CONFLICT ON CONSTRAINT quarantine_one_per_payload DO UPDATE
       SET diamond_id = EXCLUDED.diamond_id, field = EXCLUDED.field, reason = EXCLUDED.reason, last_run_id = EXCLUDED.last_run_id,
           seen = quarantine.seen + 1, last_seen_at = now(), resolved_at = NULL, resolution = NULL, resolved_by_run = NULL
), resolved AS (
    UPDATE quarantine
       SET resolved_at = now(), resolution = 'moved', resolved_by_run = %(run_id)s::uuid
      FROM quoted
     WHERE quarantine.feed = %(feed)s AND quarantine.supplier_stone_id = quoted.supplier_stone_id
       AND quarantine.field = 'price' AND quarantine.resolved_at IS NULL AND NOT quoted.faulty
)
-- The planner takes a batch for a dozen rows, whatever its size, and would join parts of it row by row: what is asked
-- with IN is hashed at any estimate.
SELECT (SELECT count(*) FROM taken)::integer AS taken,
       (SELECT count(*) FILTER (WHERE id NOT IN (SELECT id FROM before)) FROM written)::integer AS inserted,
       (SELECT count(*) FILTER (WHERE status = 'active' AND id IN (SELECT id FROM written)) FROM before)::integer AS updated,
       (SELECT count(*) FILTER (WHERE status = 'deleted' AND id IN (SELECT id FROM written)) FROM before)::integer AS resurrected,
       (SELECT count(*) FROM priced)::integer AS priced,
       (SELECT count(*) FROM quoted WHERE held AND NOT faulty)::integer AS held,
       (SELECT count(*) FROM quoted WHERE faulty)::integer AS unpriced;

-- name: queue_relisted :none
-- What a supplier said it had sold, and lists again in a run that began later: the list is the newer news.
INSERT INTO consolidation_queue (feed, diamond_id)
SELECT DISTINCT event.feed, event.diamond_id
  FROM run_metadata AS run
  JOIN supplier_events AS event ON event.feed = run.feed AND event.received_at < run.captured_at
  JOIN run_sightings AS sighting ON sighting.run_id = run.run_id AND sighting.diamond_id = event.diamond_id
  JOIN diamonds AS diamond ON diamond.id = event.diamond_id AND diamond.content_hash = ''
 WHERE run.run_id = %(run_id)s AND event.outcome IN ('hidden', 'contested')
    ON CONFLICT DO NOTHING;

-- name: count_queued :one
-- How many stones of a feed wait to be consolidated.
SELECT count(*) FROM consolidation_queue WHERE feed = %(feed)s;
