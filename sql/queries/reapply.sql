-- name: next_stones :one
-- The first and the last of the next stones of a job: a range both tables are read by, whatever their size.
SELECT (array_agg(id ORDER BY id))[1] AS first, (array_agg(id ORDER BY id DESC))[1] AS last
  FROM (SELECT id
          FROM diamonds
         WHERE status = 'active' AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
         ORDER BY id
         LIMIT %(limit)s) AS stones
HAVING count(*) > 0;

-- name: next_changes :one
-- The first and the last of the next stones that a job changed.
SELECT (array_agg(diamond_id ORDER BY diamond_id))[1] AS first, (array_agg(diamond_id ORDER BY diamond_id DESC))[1] AS last
  FROM ((SELECT diamond_id
           FROM price_changes
          WHERE origin_id = %(job_id)s AND (%(after)s::uuid IS NULL OR diamond_id > %(after)s::uuid)
          ORDER BY diamond_id
          LIMIT %(limit)s)
        UNION ALL
        (SELECT diamond_id
           FROM rating_reapply_snapshots
          WHERE job_id = %(job_id)s AND (%(after)s::uuid IS NULL OR diamond_id > %(after)s::uuid)
          ORDER BY diamond_id
          LIMIT %(limit)s)) AS changed
HAVING count(*) > 0;

-- name: reprice_batch :one
-- Price the next stones by the active rules, write what differs, and remember what it was: one statement.
WITH decided AS MATERIALIZED (
    SELECT stone.id AS diamond_id,
           stone.feed,
           stone.supplier_stone_id,
           stone.stone_type,
           stone.content_hash,
           stone.feed_price,
           NULL::uuid /* pricing tree */ AS pricing_rule_id,
           on_file AS old,
           CASE WHEN on_file.diamond_id IS NULL THEN NULL::uuid /* rating tree */ ELSE on_file.rating_rule_id END AS rating_rule_id
      FROM diamonds AS stone
      LEFT JOIN diamond_prices AS on_file
             ON on_file.diamond_id = stone.id
            AND (%(ids)s::uuid[] IS NOT NULL OR on_file.diamond_id BETWEEN %(first)s::uuid AND %(last)s::uuid)
     WHERE stone.status = 'active'
       AND (%(ids)s::uuid[] IS NULL OR stone.id = ANY (%(ids)s::uuid[]))
       AND (%(ids)s::uuid[] IS NOT NULL OR stone.id BETWEEN %(first)s::uuid AND %(last)s::uuid)
), quoted AS (
    SELECT decided.diamond_id,
           decided.feed,
           decided.supplier_stone_id,
           decided.content_hash,
           decided.feed_price,
           decided.pricing_rule_id,
           decided.rating_rule_id,
           decided.old,
           made.pricing_rating,
           made.markup_ratio,
           made.fixed_fee,
           made.base_price,
           made.rule_price,
           COALESCE(override.price, made.rule_price) AS price,
           override.id AS override_id,
           CASE WHEN (decided.old).rating_rule_id IS NOT NULL THEN (decided.old).rating
                ELSE COALESCE(rated.rating, made.pricing_rating, 5) END AS rating,
           can_be_a_price_v1(made.rule_price) IS NOT TRUE AS faulty
      FROM decided
      LEFT JOIN LATERAL price_by_rule_v1(%(pricing_version)s, decided.pricing_rule_id, decided.stone_type, decided.feed_price)
             AS made ON true
      LEFT JOIN rating_rules AS rated ON rated.rule_set_version = %(rating_version)s AND rated.id = decided.rating_rule_id
      LEFT JOIN price_overrides AS override
             ON override.diamond_id = decided.diamond_id AND override.ended_at IS NULL
            AND (override.expires_at IS NULL OR override.expires_at > %(at)s)
), repriced AS (
    UPDATE diamond_prices AS standing
       SET price_model_price = quoted.price,
           rule_price = quoted.rule_price,
           base_price = quoted.base_price,
           cost = quoted.feed_price,
           markup_ratio = quoted.markup_ratio,
           fixed_fee = quoted.fixed_fee,
           pricing_rule_id = quoted.pricing_rule_id,
           pricing_rating = quoted.pricing_rating,
           rating = quoted.rating,
           pricing_rule_set_version = %(pricing_version)s,
           override_id = quoted.override_id,
           priced_at = %(at)s
      FROM quoted
     WHERE standing.diamond_id = quoted.diamond_id
       AND (%(ids)s::uuid[] IS NOT NULL OR standing.diamond_id BETWEEN %(first)s::uuid AND %(last)s::uuid)
       AND NOT quoted.faulty
       AND (standing.price_model_price, standing.rule_price, standing.base_price, standing.cost, standing.markup_ratio,
            standing.fixed_fee, standing.pricing_rule_id, standing.pricing_rating, standing.rating, standing.override_id)
           IS DISTINCT FROM
           (quoted.price, quoted.rule_price, quoted.base_price, quoted.feed_price, quoted.markup_ratio,
            quoted.fixed_fee, quoted.pricing_rule_id, quoted.pricing_rating, quoted.rating, quoted.override_id)
    RETURNING quoted.old, standing AS new, quoted.feed
), off_sale AS (
    DELETE FROM diamond_prices AS standing
     USING quoted
     WHERE quoted.faulty AND standing.diamond_id = quoted.diamond_id
    RETURNING quoted.old, NULL::diamond_prices AS new, quoted.feed
), on_sale AS (
    INSERT INTO diamond_prices (
           diamond_id, price_model_price, rule_price, base_price, cost, markup_ratio, fixed_fee, pricing_rule_id,
           pricing_rating, rating, rating_rule_id, pricing_rule_set_version, rating_rule_set_version, override_id, priced_at)
    SELECT diamond_id, price, rule_price, base_price, feed_price, markup_ratio, fixed_fee, pricing_rule_id,
           pricing_rating, rating, rating_rule_id, %(pricing_version)s, %(rating_version)s, override_id, %(at)s
      FROM quoted
     WHERE NOT faulty AND (old).diamond_id IS NULL
    RETURNING diamond_id
), remembered AS (
    INSERT INTO price_changes (
           diamond_id, changed_at, origin, origin_id, old_price, old_rule_price, old_base_price, old_cost, old_markup_ratio,
           old_fixed_fee, old_pricing_rule_id, old_pricing_rating, old_rating, old_pricing_rule_set_version,
           old_override_id, old_mapper_version, old_payload_hash, old_priced_at, new_price, new_markup_ratio,
           new_pricing_rule_id, new_rating, supplier_cost, rule, rounding, override, mapper)
    SELECT (old).diamond_id, %(at)s, CASE WHEN (new).diamond_id IS NULL THEN 'quarantine' ELSE %(origin)s::text END, %(origin_id)s::uuid,
           (old).price_model_price, (old).rule_price, (old).base_price, (old).cost, (old).markup_ratio,
           (old).fixed_fee, (old).pricing_rule_id, (old).pricing_rating, (old).rating, (old).pricing_rule_set_version,
           (old).override_id, (old).mapper_version, (old).payload_hash, (old).priced_at,
           (new).price_model_price, (new).markup_ratio, (new).pricing_rule_id, (new).rating,
           COALESCE(part.supplier_cost, 0), COALESCE(part.rule, 0), COALESCE(part.rounding, 0),
           COALESCE(part.override, 0), COALESCE(part.mapper, 0)
      FROM (SELECT old, new FROM repriced UNION ALL SELECT old, new FROM off_sale) AS change
      LEFT JOIN LATERAL price_parts_v1(change.old, change.new) AS part ON (change.new).diamond_id IS NOT NULL
     ORDER BY (old).diamond_id
), reviewed AS (
    DELETE FROM price_reviews AS review USING repriced WHERE review.diamond_id = (repriced.new).diamond_id
), quarantined AS (
    INSERT INTO quarantine (feed, supplier_stone_id, field, reason, payload, payload_hash, mapper_version, first_run_id, last_run_id)
    SELECT faulty.feed, faulty.supplier_stone_id, 'price',
           format('the rules make no price of it: %%s (rule set %%s, rule %%s)', COALESCE(faulty.rule_price::text, 'none'),
                  %(pricing_version)s::integer, COALESCE(faulty.pricing_rule_id::text, 'none')),
           COALESCE(raw.payload, '{}'), COALESCE(raw.payload_hash, faulty.content_hash),
           COALESCE((faulty.old).mapper_version, 0),
           COALESCE(%(origin_id)s::uuid, '00000000-0000-0000-0000-000000000000'),
           COALESCE(%(origin_id)s::uuid, '00000000-0000-0000-0000-000000000000')
      FROM quoted AS faulty
      LEFT JOIN LATERAL (SELECT raw.payload, raw.payload_hash FROM raw_diamonds AS raw
                          WHERE raw.feed = faulty.feed AND raw.supplier_stone_id = faulty.supplier_stone_id OFFSET 0) AS raw ON true
     WHERE faulty.faulty
        ON CONFLICT ON CONSTRAINT quarantine_one_per_payload DO UPDATE
       SET field = EXCLUDED.field, reason = EXCLUDED.reason, seen = quarantine.seen + 1, last_seen_at = now(),
           resolved_at = NULL, resolution = NULL, resolved_by_run = NULL
), resolved AS (
    UPDATE quarantine
       SET resolved_at = now(), resolution = 'moved'
      FROM quoted
     WHERE quarantine.feed = quoted.feed AND quarantine.supplier_stone_id = quoted.supplier_stone_id
       AND quarantine.field = 'price' AND quarantine.resolved_at IS NULL
       AND NOT quoted.faulty AND (quoted.old).diamond_id IS NULL
)
SELECT (SELECT count(*) FROM decided)::integer AS visited,
       ((SELECT count(*) FROM repriced) + (SELECT count(*) FROM on_sale) + (SELECT count(*) FROM off_sale))::integer AS updated,
       (SELECT count(*) FROM quoted WHERE faulty)::integer AS failed,
       0 AS kept,
       %(last)s::uuid AS done_to,
       ARRAY(SELECT feed FROM repriced UNION SELECT feed FROM off_sale
             UNION SELECT feed FROM quoted WHERE NOT faulty AND (old).diamond_id IS NULL) AS feeds;

-- name: unprice_batch :one
-- Give the next stones of a pricing job their old prices back, unless something newer changed them.
WITH mine AS MATERIALIZED (
    SELECT change.*, on_file AS now_on_file, diamond.feed
      FROM price_changes AS change
      LEFT JOIN diamond_prices AS on_file
             ON on_file.diamond_id = change.diamond_id AND on_file.diamond_id BETWEEN %(first)s::uuid AND %(last)s::uuid
      LEFT JOIN diamonds AS diamond ON diamond.id = change.diamond_id AND diamond.id BETWEEN %(first)s::uuid AND %(last)s::uuid
     WHERE change.origin_id = %(job_id)s AND change.origin = 'reapply'
       AND change.diamond_id BETWEEN %(first)s::uuid AND %(last)s::uuid
), restored AS (
    UPDATE diamond_prices AS standing
       SET price_model_price = mine.old_price,
           rule_price = mine.old_rule_price,
           base_price = mine.old_base_price,
           cost = mine.old_cost,
           markup_ratio = mine.old_markup_ratio,
           fixed_fee = mine.old_fixed_fee,
           pricing_rule_id = mine.old_pricing_rule_id,
           pricing_rating = mine.old_pricing_rating,
           rating = CASE WHEN standing.rating = mine.new_rating THEN mine.old_rating ELSE standing.rating END,
           pricing_rule_set_version = mine.old_pricing_rule_set_version,
           override_id = mine.old_override_id,
           mapper_version = mine.old_mapper_version,
           payload_hash = mine.old_payload_hash,
           priced_at = mine.old_priced_at
      FROM mine
     WHERE standing.diamond_id = mine.diamond_id
       AND standing.diamond_id BETWEEN %(first)s::uuid AND %(last)s::uuid
       AND standing.priced_at = mine.changed_at
       AND (standing.price_model_price, standing.markup_ratio, standing.pricing_rule_id)
           IS NOT DISTINCT FROM (mine.new_price, mine.new_markup_ratio, mine.new_pricing_rule_id)
    RETURNING mine.now_on_file AS old, standing AS new, mine.feed
), remembered AS (
    INSERT INTO price_changes (
           diamond_id, changed_at, origin, origin_id, old_price, old_rule_price, old_base_price, old_cost, old_markup_ratio,
           old_fixed_fee, old_pricing_rule_id, old_pricing_rating, old_rating, old_pricing_rule_set_version,
           old_override_id, old_mapper_version, old_payload_hash, old_priced_at, new_price, new_markup_ratio,
           new_pricing_rule_id, new_rating, supplier_cost, rule, rounding, override, mapper)
    SELECT (old).diamond_id, %(at)s, 'revert', %(job_id)s,
           (old).price_model_price, (old).rule_price, (old).base_price, (old).cost, (old).markup_ratio,
           (old).fixed_fee, (old).pricing_rule_id, (old).pricing_rating, (old).rating, (old).pricing_rule_set_version,
           (old).override_id, (old).mapper_version, (old).payload_hash, (old).priced_at,
           (new).price_model_price, (new).markup_ratio, (new).pricing_rule_id, (new).rating,
           part.supplier_cost, part.rule, part.rounding, part.override, COALESCE(part.mapper, 0)
      FROM restored
     CROSS JOIN LATERAL price_parts_v1(restored.old, restored.new) AS part
     ORDER BY (old).diamond_id
)
SELECT (SELECT count(*) FROM mine)::integer AS visited,
       (SELECT count(*) FROM restored)::integer AS updated,
       0 AS failed,
       ((SELECT count(*) FROM mine) - (SELECT count(*) FROM restored))::integer AS kept,
       %(last)s::uuid AS done_to,
       ARRAY(SELECT DISTINCT feed FROM restored) AS feeds;

-- name: rerate_batch :one
-- Rate the next stones by the active rules; prices are not touched.
WITH decided AS MATERIALIZED (
    SELECT stone.id AS diamond_id, stone.feed, NULL::uuid /* rating tree */ AS rating_rule_id
      FROM diamonds AS stone
     WHERE stone.status = 'active' AND stone.id BETWEEN %(first)s::uuid AND %(last)s::uuid
), fresh AS (
    SELECT decided.*, on_file.rating AS old_rating, on_file.rating_rule_id AS old_rule_id,
           on_file.rating_rule_set_version AS old_version,
           COALESCE(rated.rating, on_file.pricing_rating, 5) AS rating
      FROM decided
      JOIN diamond_prices AS on_file USING (diamond_id)
      LEFT JOIN rating_rules AS rated ON rated.rule_set_version = %(rating_version)s AND rated.id = decided.rating_rule_id
     WHERE on_file.diamond_id BETWEEN %(first)s::uuid AND %(last)s::uuid
), rerated AS (
    UPDATE diamond_prices AS standing
       SET rating = fresh.rating,
           rating_rule_id = fresh.rating_rule_id,
           rating_rule_set_version = %(rating_version)s
      FROM fresh
     WHERE standing.diamond_id = fresh.diamond_id
       AND standing.diamond_id BETWEEN %(first)s::uuid AND %(last)s::uuid
       AND (fresh.rating, fresh.rating_rule_id) IS DISTINCT FROM (fresh.old_rating, fresh.old_rule_id)
    RETURNING fresh.*
), remembered AS (
    INSERT INTO rating_reapply_snapshots (
           job_id, diamond_id, old_rating, old_rating_rule_id, old_rating_rule_set_version, new_rating, new_rating_rule_id)
    SELECT %(origin_id)s, diamond_id, old_rating, old_rule_id, old_version, rating, rating_rule_id
      FROM rerated
     ORDER BY diamond_id
)
SELECT (SELECT count(*) FROM decided)::integer AS visited,
       (SELECT count(*) FROM rerated)::integer AS updated,
       0 AS failed,
       0 AS kept,
       %(last)s::uuid AS done_to,
       ARRAY(SELECT DISTINCT feed FROM rerated) AS feeds;

-- name: unrate_batch :one
-- Give the next stones of a rating job their old ratings back, unless something newer changed them.
WITH mine AS MATERIALIZED (
    SELECT *
      FROM rating_reapply_snapshots
     WHERE job_id = %(job_id)s AND diamond_id BETWEEN %(first)s::uuid AND %(last)s::uuid
), restored AS (
    UPDATE diamond_prices AS standing
       SET rating = mine.old_rating,
           rating_rule_id = mine.old_rating_rule_id,
           rating_rule_set_version = mine.old_rating_rule_set_version
      FROM mine
     WHERE standing.diamond_id = mine.diamond_id
       AND standing.diamond_id BETWEEN %(first)s::uuid AND %(last)s::uuid
       AND standing.rating_rule_set_version = %(version)s
       AND (standing.rating, standing.rating_rule_id) IS NOT DISTINCT FROM (mine.new_rating, mine.new_rating_rule_id)
    RETURNING mine.diamond_id
)
SELECT (SELECT count(*) FROM mine)::integer AS visited,
       (SELECT count(*) FROM restored)::integer AS updated,
       0 AS failed,
       ((SELECT count(*) FROM mine) - (SELECT count(*) FROM restored))::integer AS kept,
       %(last)s::uuid AS done_to,
       ARRAY(SELECT DISTINCT diamond.feed FROM restored JOIN diamonds AS diamond ON diamond.id = restored.diamond_id) AS feeds;

-- name: insert_job :one
-- Claim the right to apply rules of a kind; the index on open jobs decides races.
INSERT INTO reapply_jobs (
       id, kind, rule_set_version, previous_version, trigger_type, triggered_by_rule_id, trigger_rule_snapshot,
       requested_by, reason, total_diamonds)
SELECT %(id)s, %(kind)s, %(rule_set_version)s, %(previous_version)s::integer, %(trigger_type)s, %(rule_id)s::uuid,
       %(rule_snapshot)s::jsonb, %(requested_by)s, %(reason)s, (SELECT count(*) FROM diamonds WHERE status = 'active')
RETURNING *;

-- name: find_job :one
-- A job by its id.
SELECT * FROM reapply_jobs WHERE id = %(id)s AND kind = %(kind)s;

-- name: find_open_job :one
-- The job that occupies a kind.
SELECT * FROM reapply_jobs WHERE kind = %(kind)s AND status IN ('pending', 'running');

-- name: list_jobs :many
-- Newest first.
SELECT * FROM reapply_jobs WHERE kind = %(kind)s ORDER BY created_at DESC LIMIT %(limit)s;

-- name: hold_job :one
-- A job that this attempt still may work on, held until the transaction ends; a cancellation waits that long.
UPDATE reapply_jobs
   SET status = 'running', started_at = COALESCE(started_at, now())
 WHERE id = %(id)s AND attempt = %(attempt)s AND status IN ('pending', 'running')
RETURNING *;

-- name: advance_job :none
-- Count a batch.
UPDATE reapply_jobs
   SET processed_diamonds = processed_diamonds + CASE WHEN direction = 'apply' THEN %(visited)s ELSE 0 END,
       updated_diamonds = updated_diamonds + CASE WHEN direction = 'apply' THEN %(updated)s ELSE 0 END,
       failed_diamonds = failed_diamonds + %(failed)s,
       reverted_diamonds = reverted_diamonds + CASE WHEN direction = 'revert' THEN %(updated)s ELSE 0 END,
       kept_diamonds = kept_diamonds + %(kept)s,
       feeds_affected = ARRAY(SELECT DISTINCT unnest(feeds_affected || %(feeds)s::text[]) ORDER BY 1),
       done_to = %(done_to)s,
       last_progress_at = now()
 WHERE id = %(id)s;

-- name: complete_job :one
-- Nothing is left to do.
UPDATE reapply_jobs
   SET status = CASE WHEN direction = 'apply' THEN 'completed' ELSE 'reverted' END,
       completed_at = CASE WHEN direction = 'apply' THEN now() ELSE completed_at END,
       reverted_at = CASE WHEN direction = 'revert' THEN now() END,
       next_retry_at = NULL, error = NULL, last_progress_at = now()
 WHERE id = %(id)s AND attempt = %(attempt)s AND status = 'running'
RETURNING *;

-- name: fail_job :one
-- Give an attempt up; the next one is due ever later, and after the third failure never by itself.
UPDATE reapply_jobs
   SET status = 'failed', error = %(error)s, retry_count = retry_count + 1,
       next_retry_at = CASE WHEN retry_count < 2
                            THEN now() + make_interval(mins => LEAST(5 * (3 ^ (retry_count + 1))::integer, 30)) END
 WHERE id = %(id)s AND attempt = %(attempt)s AND status IN ('pending', 'running')
RETURNING *;

-- name: cancel_job :one
-- Stop before the next batch.
UPDATE reapply_jobs
   SET status = 'cancelled', completed_at = now(), next_retry_at = NULL
 WHERE id = %(id)s AND kind = %(kind)s AND direction = 'apply' AND status IN ('pending', 'running')
RETURNING *;

-- name: resume_job :one
-- Claim the next attempt at a job that failed or was cancelled; it goes on where it stopped.
UPDATE reapply_jobs
   SET status = 'pending', attempt = attempt + 1, error = NULL, next_retry_at = NULL, completed_at = NULL,
       retry_count = CASE WHEN status = 'cancelled' THEN 0 ELSE retry_count END,
       total_diamonds = (SELECT count(*) FROM diamonds WHERE status = 'active'), last_progress_at = now()
 WHERE id = %(id)s AND attempt = %(attempt)s AND status IN ('failed', 'cancelled') AND retry_count < 3
RETURNING *;

-- name: take_over_job :one
-- Claim the next attempt at an open job whose orchestration died; only one watcher succeeds.
UPDATE reapply_jobs
   SET attempt = attempt + 1, last_progress_at = now()
 WHERE id = %(id)s AND attempt = %(attempt)s AND status IN ('pending', 'running')
RETURNING *;

-- name: turn_back_job :one
-- Claim a settled job to undo what it did.
UPDATE reapply_jobs
   SET status = 'pending', direction = 'revert', attempt = attempt + 1, retry_count = 0, done_to = NULL,
       error = NULL, next_retry_at = NULL, kept_diamonds = 0, last_progress_at = now()
 WHERE id = %(id)s AND kind = %(kind)s AND direction = 'apply' AND status IN ('completed', 'failed', 'cancelled')
RETURNING *;

-- name: list_jobs_to_watch :many
-- Open jobs that have not moved for a while, and failed ones whose next attempt is due.
SELECT *
  FROM reapply_jobs
 WHERE (status IN ('pending', 'running') AND last_progress_at < now() - make_interval(secs => %(quiet_seconds)s))
    OR (status = 'failed' AND next_retry_at <= now());

-- name: bump_datasets :none
-- Tell caches and ETags that these feeds' stones changed.
INSERT INTO dataset_versions (feed)
SELECT unnest(%(feeds)s::text[])
    ON CONFLICT (feed) DO UPDATE SET version = dataset_versions.version + 1, updated_at = now();

-- name: scheduled_boundary :one
-- The last moment at which a rule in the active set began or ended, if no job has applied it yet.
SELECT max(boundary)
  FROM (SELECT unnest(ARRAY[effective_from, effective_until]) AS boundary
          FROM pricing_rules
         WHERE %(kind)s = 'pricing'
           AND rule_set_version = (SELECT version FROM pricing_rule_sets WHERE state = 'active')
        UNION ALL
        SELECT unnest(ARRAY[effective_from, effective_until])
          FROM rating_rules
         WHERE %(kind)s = 'rating'
           AND rule_set_version = (SELECT version FROM rating_rule_sets WHERE state = 'active')) AS boundaries
 WHERE boundary <= %(at)s
   AND NOT EXISTS (SELECT FROM reapply_jobs
                    WHERE kind = %(kind)s AND created_at >= boundary AND trigger_type <> 'manual' AND status <> 'cancelled');

-- name: preview_prices :one
-- What a set would do to every active stone, from one pass: totals, percentiles, worst movers, shapes and bands.
WITH stones AS MATERIALIZED (
    SELECT stone.diamond_id,
           stone.feed,
           stone.shape,
           stone.cost,
           on_file.price_model_price AS old,
           CASE WHEN can_be_a_price_v1(made.rule_price) THEN COALESCE(override.price, made.rule_price) END AS new,
           override.id IS NULL AND made.formula_price < made.floor_price AS at_floor,
           override.id IS NULL AND made.formula_price > made.ceiling_price AS at_ceiling,
           stone.rule_id,
           on_file.pricing_rule_id AS old_rule_id
      FROM (SELECT stone.id AS diamond_id, stone.feed, stone.shape, stone.stone_type, stone.feed_price AS cost,
                   NULL::uuid /* pricing tree */ AS rule_id
              FROM diamonds AS stone
             WHERE stone.status = 'active') AS stone
      LEFT JOIN LATERAL price_by_rule_v1(%(pricing_version)s, stone.rule_id, stone.stone_type, stone.cost) AS made ON true
      LEFT JOIN diamond_prices AS on_file ON on_file.diamond_id = stone.diamond_id
      LEFT JOIN price_overrides AS override
             ON override.diamond_id = stone.diamond_id AND override.ended_at IS NULL
            AND (override.expires_at IS NULL OR override.expires_at > %(at)s)
), groups AS (
    SELECT shape,
           width_bucket(cost, ARRAY[500, 1000, 3000, 6000, 10000, 20000]::numeric[]) AS band,
           GROUPING(shape) AS of_band,
           jsonb_build_object('stones', count(*), 'changed', count(*) FILTER (WHERE new IS DISTINCT FROM old),
                              'old_total', sum(old), 'new_total', sum(new), 'cost_total', sum(cost),
                              'delta', sum(COALESCE(new, 0) - COALESCE(old, 0))) AS figures
      FROM stones
     GROUP BY GROUPING SETS ((shape), (width_bucket(cost, ARRAY[500, 1000, 3000, 6000, 10000, 20000]::numeric[])))
), movers AS (
    SELECT diamond_id, feed, shape, cost, old, new, new - old AS delta, rule_id, old_rule_id
      FROM stones
     WHERE new <> old
     ORDER BY abs(new - old) DESC, diamond_id
     LIMIT 50
), totals AS (
    SELECT jsonb_build_object(
               'stones', count(*),
               'changed', count(*) FILTER (WHERE new IS DISTINCT FROM old),
               'raised', count(*) FILTER (WHERE new > old),
               'lowered', count(*) FILTER (WHERE new < old),
               'taken_off_sale', count(*) FILTER (WHERE new IS NULL AND old IS NOT NULL),
               'put_on_sale', count(*) FILTER (WHERE new IS NOT NULL AND old IS NULL),
               'cost_total', COALESCE(sum(cost), 0),
               'old_total', COALESCE(sum(old), 0),
               'new_total', COALESCE(sum(new), 0),
               'delta', COALESCE(sum(COALESCE(new, 0) - COALESCE(old, 0)), 0),
               'old_margin', round(100 * (sum(old) / NULLIF(sum(cost) FILTER (WHERE old IS NOT NULL), 0) - 1), 2),
               'new_margin', round(100 * (sum(new) / NULLIF(sum(cost) FILTER (WHERE new IS NOT NULL), 0) - 1), 2),
               'at_floor', count(*) FILTER (WHERE at_floor),
               'at_ceiling', count(*) FILTER (WHERE at_ceiling),
               'below_cost', count(*) FILTER (WHERE new < cost),
               'no_rule', count(*) FILTER (WHERE rule_id IS NULL)) AS figures,
           percentile_disc(ARRAY[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]) WITHIN GROUP (ORDER BY new - old)
               FILTER (WHERE new <> old) AS percentiles,
           COALESCE(bit_xor(hashtextextended(concat_ws('|', diamond_id, cost, COALESCE(old, -1), COALESCE(new, -1)), 0)), 0) AS fingerprint
      FROM stones
)
SELECT totals.fingerprint,
       (totals.figures || jsonb_build_object(
           'percentiles', COALESCE((SELECT jsonb_object_agg(percent, delta)
                                      FROM unnest(ARRAY['p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99'], percentiles) AS point(percent, delta)),
                                   '{}'),
           'worst_movers', COALESCE((SELECT jsonb_agg(to_jsonb(movers) ORDER BY abs(delta) DESC, diamond_id) FROM movers), '[]'),
           'by_shape', COALESCE((SELECT jsonb_object_agg(shape, figures) FROM groups WHERE of_band = 0), '{}'),
           'by_cost_band', COALESCE((SELECT jsonb_object_agg((ARRAY['0-499.99', '500-999.99', '1000-2999.99', '3000-5999.99',
                                                                   '6000-9999.99', '10000-19999.99', '20000-'])[band + 1], figures)
                                       FROM groups WHERE of_band = 1), '{}')))::text AS result
  FROM totals;

-- name: preview_ratings :one
-- What a set would make of every active stone's rating, from one pass.
WITH stones AS MATERIALIZED (
    SELECT stone.diamond_id,
           on_file.rating AS old,
           COALESCE(rated.rating, on_file.pricing_rating, 5) AS new
      FROM (SELECT stone.id AS diamond_id, NULL::uuid /* rating tree */ AS rule_id
              FROM diamonds AS stone
             WHERE stone.status = 'active') AS stone
      JOIN diamond_prices AS on_file ON on_file.diamond_id = stone.diamond_id
      LEFT JOIN rating_rules AS rated ON rated.rule_set_version = %(rating_version)s AND rated.id = stone.rule_id
)
SELECT COALESCE(bit_xor(hashtextextended(concat_ws('|', diamond_id, old, new), 0)), 0) AS fingerprint,
       jsonb_build_object(
           'stones', count(*),
           'changed', count(*) FILTER (WHERE new <> old),
           'raised', count(*) FILTER (WHERE new > old),
           'lowered', count(*) FILTER (WHERE new < old),
           'old', (SELECT COALESCE(jsonb_object_agg(old, stones), '{}') FROM (SELECT old, count(*) AS stones FROM stones GROUP BY old) AS d),
           'new', (SELECT COALESCE(jsonb_object_agg(new, stones), '{}') FROM (SELECT new, count(*) AS stones FROM stones GROUP BY new) AS d))::text AS result
  FROM stones;

-- name: dataset_versions :one
-- Of every feed, as one document.
SELECT COALESCE(jsonb_object_agg(feed, version), '{}') FROM dataset_versions;

-- name: insert_preview :none
-- Keep what somebody saw.
INSERT INTO rule_previews (token, kind, rule_set_version, content_hash, active_version, dataset_versions, fingerprint, result, actor)
VALUES (%(token)s, %(kind)s, %(rule_set_version)s, %(content_hash)s, %(active_version)s, %(dataset_versions)s::jsonb,
        %(fingerprint)s, %(result)s::jsonb, %(actor)s);

-- name: find_preview :one
-- What somebody saw.
SELECT token, kind, rule_set_version, content_hash, active_version, dataset_versions, fingerprint, result::text AS result, actor, created_at
  FROM rule_previews
 WHERE token = %(token)s AND kind = %(kind)s;

-- name: rule_economics :many
-- What each rule of a set earns, and what would be earned without it: the next rule that applies would take over.
WITH matches AS (
    SELECT stone.id AS diamond_id,
           stone.feed_price AS cost,
           rule.id AS rule_id,
           row_number() OVER (PARTITION BY stone.id ORDER BY rule.priority, rule.id) AS place,
           CASE WHEN can_be_a_price_v1(made.rule_price) THEN made.rule_price END AS price
      FROM diamonds AS stone
      JOIN diamond_prices AS on_file ON on_file.diamond_id = stone.id
     CROSS JOIN LATERAL (
           SELECT rule.id, rule.priority
             FROM pricing_rules AS rule
            WHERE rule.rule_set_version = %(version)s
              AND (rule.effective_from IS NULL OR rule.effective_from <= %(at)s)
              AND (rule.effective_until IS NULL OR rule.effective_until > %(at)s)
              AND (rule.stone_type IS NULL OR rule.stone_type = stone.stone_type)
              AND (rule.lab_grown IS NULL OR rule.lab_grown = stone.lab_grown)
              AND (rule.feed IS NULL OR rule.feed = stone.feed)
              AND (rule.supplier_name IS NULL OR rule.supplier_name = stone.supplier_name)
              AND (rule.shapes IS NULL OR stone.shape = ANY (rule.shapes))
              AND (rule.price_min IS NULL OR stone.feed_price >= rule.price_min)
              AND (rule.price_below IS NULL OR stone.feed_price < rule.price_below)
              AND (rule.carat_min IS NULL OR stone.carats >= rule.carat_min)
              AND (rule.carat_below IS NULL OR stone.carats < rule.carat_below)
            UNION ALL
           SELECT NULL, NULL
            ORDER BY priority, id
            LIMIT 2) AS rule
     CROSS JOIN LATERAL price_by_rule_v1(%(version)s, rule.id, stone.stone_type, stone.feed_price) AS made
     WHERE stone.status = 'active'
), pairs AS (
    SELECT winner.rule_id, winner.cost, winner.price, other.price AS price_without
      FROM matches AS winner
      LEFT JOIN matches AS other ON other.diamond_id = winner.diamond_id AND other.place = 2
     WHERE winner.place = 1
), earned AS (
    SELECT rule_id, count(*) AS stones, sum(price - cost) AS margin,
           sum(COALESCE(price_without, price) - cost) AS margin_without
      FROM pairs
     GROUP BY rule_id
)
SELECT rule.id AS rule_id,
       COALESCE(rule.name, 'no rule: base margin') AS name,
       rule.priority,
       COALESCE(earned.stones, 0) AS stones,
       COALESCE(earned.margin, 0) AS margin,
       COALESCE(earned.margin_without, 0) AS margin_without,
       COALESCE(earned.margin_without - earned.margin, 0) AS effect_of_removal
  FROM (SELECT id, name, priority FROM pricing_rules WHERE rule_set_version = %(version)s
        UNION ALL SELECT NULL, NULL, NULL) AS rule
  LEFT JOIN earned ON earned.rule_id IS NOT DISTINCT FROM rule.id
 ORDER BY rule.priority NULLS LAST, rule.id;

-- name: clear_override :one
-- Set a stone's price by hand; an earlier override ends.
WITH ended AS (
    UPDATE price_overrides SET ended_at = now(), ended_by = %(actor)s WHERE diamond_id = %(diamond_id)s AND ended_at IS NULL
)
SELECT count(*) FROM diamonds WHERE id = %(diamond_id)s AND status = 'active';

-- name: insert_override :one
-- A person's price for one stone.
INSERT INTO price_overrides (diamond_id, price, reason, actor, expires_at)
VALUES (%(diamond_id)s, %(price)s, %(reason)s, %(actor)s, %(expires_at)s)
RETURNING *;

-- name: find_override :one
-- The override that stands.
SELECT * FROM price_overrides WHERE id = %(id)s;

-- name: end_override :one
-- Let the rules price a stone again.
UPDATE price_overrides SET ended_at = now(), ended_by = %(actor)s
 WHERE diamond_id = %(diamond_id)s AND ended_at IS NULL
RETURNING *;

-- name: expire_overrides :many
-- End every override whose time is over, and say of which stones.
UPDATE price_overrides SET ended_at = now(), ended_by = 'expiry'
 WHERE ended_at IS NULL AND expires_at <= %(at)s
RETURNING diamond_id;

-- name: list_reviews :many
-- Prices that moved too far in one run and wait for somebody, the widest first.
SELECT * FROM price_reviews WHERE decision IS NULL ORDER BY abs(movement) DESC, diamond_id LIMIT %(limit)s;

-- name: decide_review :one
-- Approve or reject a price that waits.
UPDATE price_reviews SET decision = %(decision)s, decided_by = %(actor)s, decided_at = now()
 WHERE diamond_id = %(diamond_id)s AND decision IS NULL
RETURNING *;

-- name: price_at :one
-- All that made a stone's price at a moment: of the first later change the old values, else today's.
SELECT COALESCE(change.old_price, on_file.price_model_price) AS price,
       CASE WHEN change.id IS NULL THEN on_file.rule_price ELSE change.old_rule_price END AS rule_price,
       CASE WHEN change.id IS NULL THEN on_file.base_price ELSE change.old_base_price END AS base_price,
       CASE WHEN change.id IS NULL THEN on_file.cost ELSE change.old_cost END AS cost,
       CASE WHEN change.id IS NULL THEN on_file.markup_ratio ELSE change.old_markup_ratio END AS markup_ratio,
       CASE WHEN change.id IS NULL THEN on_file.fixed_fee ELSE change.old_fixed_fee END AS fixed_fee,
       CASE WHEN change.id IS NULL THEN on_file.pricing_rule_id ELSE change.old_pricing_rule_id END AS pricing_rule_id,
       CASE WHEN change.id IS NULL THEN on_file.pricing_rule_set_version ELSE change.old_pricing_rule_set_version END AS pricing_rule_set_version,
       CASE WHEN change.id IS NULL THEN on_file.override_id ELSE change.old_override_id END AS override_id,
       CASE WHEN change.id IS NULL THEN on_file.mapper_version ELSE change.old_mapper_version END AS mapper_version,
       CASE WHEN change.id IS NULL THEN on_file.payload_hash ELSE change.old_payload_hash END AS payload_hash,
       CASE WHEN change.id IS NULL THEN on_file.priced_at ELSE change.old_priced_at END AS priced_at,
       CASE WHEN change.id IS NULL THEN on_file.rating ELSE change.old_rating END AS rating,
       on_file.rating_rule_id,
       on_file.rating_rule_set_version
  FROM diamonds AS stone
  LEFT JOIN diamond_prices AS on_file ON on_file.diamond_id = stone.id
  LEFT JOIN LATERAL (SELECT * FROM price_changes
                      WHERE diamond_id = stone.id AND changed_at > %(at)s
                      ORDER BY id LIMIT 1) AS change ON true
 WHERE stone.id = %(diamond_id)s;

-- name: find_stone :one
-- What rules look at in a stone, as it is now.
SELECT id, feed, stone_type, shape, carats, lab_grown, supplier_name, feed_price, color, clarity, cut, polish, symmetry,
       fluorescence_intensity, certificate_lab, girdle, culet, table_pct, depth_pct, ratio, crown_angle, crown_height,
       pavilion_angle, pavilion_depth
  FROM diamonds
 WHERE id = %(diamond_id)s;

-- name: price_history :many
-- Every change of a stone's price, newest first, with its cause in parts.
SELECT changed_at, origin, origin_id, old_price, new_price, supplier_cost, rule, rate, rounding, override, mapper,
       old_pricing_rule_id, new_pricing_rule_id
  FROM price_changes
 WHERE diamond_id = %(diamond_id)s AND new_price IS DISTINCT FROM old_price
 ORDER BY id DESC
 LIMIT %(limit)s;

-- name: lowest_price :one
-- The lowest price of the 30 days before the last reduction began, or of the last 30 days.
WITH reduction AS (
    SELECT max(changed_at) AS began
      FROM price_changes
     WHERE diamond_id = %(diamond_id)s AND new_price < old_price AND changed_at <= %(at)s
), reach AS (
    SELECT COALESCE(began, %(at)s) AS until FROM reduction
)
SELECT min(price)
  FROM (SELECT change.old_price AS price
          FROM price_changes AS change, reach
         WHERE change.diamond_id = %(diamond_id)s AND change.changed_at > reach.until - interval '30 days'
           AND change.changed_at <= reach.until
        UNION ALL
        SELECT price_model_price FROM diamond_prices, reach
         WHERE diamond_id = %(diamond_id)s AND reach.until = %(at)s) AS prices;

-- name: changes_of_origin :one
-- What one run or job did to prices, by cause; the parts add up to the whole.
SELECT count(*) FILTER (WHERE new_price IS DISTINCT FROM old_price)::integer AS changed,
       count(*) FILTER (WHERE new_price IS NULL)::integer AS taken_off_sale,
       COALESCE(sum(new_price - old_price), 0) AS total,
       COALESCE(sum(supplier_cost), 0) AS supplier_cost,
       COALESCE(sum(rule), 0) AS rule,
       COALESCE(sum(rate), 0) AS rate,
       COALESCE(sum(rounding), 0) AS rounding,
       COALESCE(sum(override), 0) AS override,
       COALESCE(sum(mapper), 0) AS mapper
  FROM price_changes
 WHERE origin_id = %(origin_id)s;

-- name: sample_prices :many
-- Prices with all that made them, for recomputing; a stone's facts as they are now.
SELECT on_file.diamond_id, on_file.price_model_price AS price, on_file.rule_price, on_file.base_price, on_file.cost,
       on_file.markup_ratio, on_file.fixed_fee, on_file.pricing_rule_id, on_file.pricing_rule_set_version,
       on_file.override_id, on_file.mapper_version, on_file.payload_hash, on_file.priced_at, on_file.rating,
       on_file.rating_rule_id, on_file.rating_rule_set_version,
       stone.feed, stone.stone_type, stone.shape, stone.carats, stone.lab_grown, stone.supplier_name
  FROM diamond_prices AS on_file
  JOIN diamonds AS stone ON stone.id = on_file.diamond_id
 WHERE (%(after)s::uuid IS NULL OR on_file.diamond_id > %(after)s::uuid)
 ORDER BY on_file.diamond_id
 LIMIT %(limit)s;
