-- name: list_rules :many
-- Rules of a feed and those of every feed, or all there are.
SELECT id, feed, field, comparison, value::text AS value, effect, note, created_by, created_at, updated_at
  FROM quality_rules
 WHERE %(feed)s::text IS NULL OR feed IS NULL OR feed = %(feed)s
 ORDER BY created_at, id;

-- name: lock_rule :one
-- A rule, held until the transaction ends.
SELECT id, feed, field, comparison, value::text AS value, effect, note, created_by, created_at, updated_at
  FROM quality_rules
 WHERE id = %(id)s
   FOR UPDATE;

-- name: insert_rule :one
-- A rule for the runs that begin from now on.
INSERT INTO quality_rules (id, feed, field, comparison, value, effect, note, created_by)
VALUES (%(id)s, %(feed)s, %(field)s, %(comparison)s, %(value)s::json, %(effect)s, %(note)s, %(created_by)s)
RETURNING id, feed, field, comparison, value::text AS value, effect, note, created_by, created_at, updated_at;

-- name: update_rule :one
-- What the rule says from now on; runs under way keep what they began with.
UPDATE quality_rules
   SET feed = %(feed)s, field = %(field)s, comparison = %(comparison)s, value = %(value)s::json, effect = %(effect)s,
       note = %(note)s, updated_at = now()
 WHERE id = %(id)s
RETURNING id, feed, field, comparison, value::text AS value, effect, note, created_by, created_at, updated_at;

-- name: delete_rule :none
-- No run that begins from now on has it.
DELETE FROM quality_rules WHERE id = %(id)s;

-- name: count_rules :one
-- How many there are.
SELECT count(*) FROM quality_rules;

-- name: insert_rule_change :none
-- Who did what to a rule.
INSERT INTO quality_rule_changes (rule_id, action, actor, before, after)
VALUES (%(rule_id)s, %(action)s, %(actor)s, %(before)s::jsonb, %(after)s::jsonb);

-- name: list_rule_changes :many
-- Newest first, from just before the cursor.
SELECT id, rule_id, action, actor, before::text AS before, after::text AS after, happened_at
  FROM quality_rule_changes
 WHERE %(before_id)s::bigint IS NULL OR id < %(before_id)s
 ORDER BY id DESC
 LIMIT %(limit)s;

-- name: list_run_rules :many
-- The rules a run began with.
SELECT rule_id, field, comparison, value::text AS value, effect
  FROM run_quality_rules
 WHERE run_id = %(run_id)s
 ORDER BY rule_id;

-- name: add_hits :none
-- Count what rules caught, in the transaction of the listings.
INSERT INTO quality_hits AS hit (run_id, rule_id, partition_id, listings, example)
SELECT %(run_id)s, caught.rule_id, %(partition_id)s, caught.listings, caught.example
  FROM unnest(%(rule_ids)s::uuid[], %(listings)s::integer[], %(examples)s::text[]) AS caught(rule_id, listings, example)
 ORDER BY caught.rule_id
    ON CONFLICT (run_id, rule_id, partition_id) DO UPDATE
   SET listings = hit.listings + EXCLUDED.listings;

-- name: list_run_hits :many
-- The rules a run began with, and what they caught.
SELECT rule.rule_id, rule.field, rule.comparison, rule.value::text AS value, rule.effect,
       COALESCE(sum(hit.listings), 0)::integer AS listings, min(hit.example) AS example
  FROM run_quality_rules AS rule
  LEFT JOIN quality_hits AS hit USING (run_id, rule_id)
 WHERE rule.run_id = %(run_id)s
 GROUP BY rule.run_id, rule.rule_id
 ORDER BY listings DESC, rule.rule_id;
