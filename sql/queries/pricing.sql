-- name: find_active_set :one
-- The set that decides now.
SELECT * FROM pricing_rule_sets WHERE state = 'active';

-- name: find_set :one
-- One version.
SELECT * FROM pricing_rule_sets WHERE version = %(version)s;

-- name: lock_set :one
-- One version, held until the transaction ends.
SELECT * FROM pricing_rule_sets WHERE version = %(version)s FOR UPDATE;

-- name: find_open_draft :one
-- The newest draft.
SELECT * FROM pricing_rule_sets WHERE state = 'draft' ORDER BY version DESC LIMIT 1;

-- name: list_sets :many
-- Newest first.
SELECT * FROM pricing_rule_sets ORDER BY version DESC LIMIT %(limit)s;

-- name: insert_set :one
-- A new draft.
INSERT INTO pricing_rule_sets (note, copied_from, created_by, rounding, movement_limit)
VALUES (%(note)s, %(copied_from)s, %(created_by)s, %(rounding)s, %(movement_limit)s)
RETURNING *;

-- name: archive_active_set :one
-- Retire the set that decides now.
UPDATE pricing_rule_sets SET state = 'archived', archived_at = clock_timestamp() WHERE state = 'active' RETURNING version;

-- name: activate_set :one
-- Let a draft or a retired set decide; the index on active sets lets only one.
UPDATE pricing_rule_sets
   SET state = 'active', activated_at = clock_timestamp(), archived_at = NULL
 WHERE version = %(version)s AND state <> 'active'
RETURNING *;

-- name: archive_draft :one
-- Give a draft up.
UPDATE pricing_rule_sets SET state = 'archived', archived_at = now() WHERE version = %(version)s AND state = 'draft' RETURNING *;

-- name: list_rules :many
-- A set's rules in the order in which they are tried.
SELECT id, priority, name, effective_from, effective_until, stone_type, feed, supplier_name, price_min, price_below,
       carat_min, carat_below, shapes, lab_grown, markup_ratio, margin_modifier, fixed_fee, rating FROM pricing_rules WHERE rule_set_version = %(version)s ORDER BY priority, id;

-- name: delete_rules :none
-- Make room for a draft's new rules.
DELETE FROM pricing_rules WHERE rule_set_version = %(version)s;

-- name: insert_rule :none
-- One rule of a draft.
INSERT INTO pricing_rules (
       rule_set_version, id, priority, name, effective_from, effective_until, stone_type, feed, supplier_name,
       price_min, price_below, carat_min, carat_below, shapes, lab_grown, markup_ratio, margin_modifier,
       fixed_fee, rating)
VALUES (%(version)s, %(id)s, %(priority)s, %(name)s, %(effective_from)s, %(effective_until)s, %(stone_type)s,
       %(feed)s, %(supplier_name)s, %(price_min)s, %(price_below)s, %(carat_min)s, %(carat_below)s,
       %(shapes)s, %(lab_grown)s, %(markup_ratio)s, %(margin_modifier)s, %(fixed_fee)s, %(rating)s);

-- name: insert_audit :none
-- Who did what, and why.
INSERT INTO rule_audit (kind, rule_set_version, action, actor, reason, difference)
VALUES ('pricing', %(version)s, %(action)s, %(actor)s, %(reason)s, %(difference)s);

-- name: list_audit :many
-- Newest first.
SELECT * FROM rule_audit WHERE kind = 'pricing' ORDER BY id DESC LIMIT %(limit)s;

-- name: update_set :one
-- A draft's own settings; the schema refuses a change of any other set.
UPDATE pricing_rule_sets
   SET rounding = %(rounding)s, movement_limit = %(movement_limit)s
 WHERE version = %(version)s AND state = 'draft'
RETURNING *;

-- name: list_base_margins :many
-- A set's margins and bounds by stone type.
SELECT stone_type, margin, margin_floor, margin_ceiling
  FROM pricing_base_margins
 WHERE rule_set_version = %(version)s
 ORDER BY stone_type;

-- name: delete_base_margins :none
-- Make room for a draft's new margins.
DELETE FROM pricing_base_margins WHERE rule_set_version = %(version)s;

-- name: insert_base_margin :none
-- One stone type's margin and bounds in a draft.
INSERT INTO pricing_base_margins (rule_set_version, stone_type, margin, margin_floor, margin_ceiling)
VALUES (%(version)s, %(stone_type)s, %(margin)s, %(margin_floor)s, %(margin_ceiling)s);

-- name: share_pricing :one
-- Price beside others, but not while somebody changes what decides; until the transaction ends.
SELECT pg_advisory_xact_lock_shared(hashtext('diamond-opus pricing'));

-- name: own_pricing :one
-- Keep everybody else from pricing until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('diamond-opus pricing'));
