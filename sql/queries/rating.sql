-- name: find_active_set :one
-- The set that decides now.
SELECT * FROM rating_rule_sets WHERE state = 'active';

-- name: find_set :one
-- One version.
SELECT * FROM rating_rule_sets WHERE version = %(version)s;

-- name: lock_set :one
-- One version, held until the transaction ends.
SELECT * FROM rating_rule_sets WHERE version = %(version)s FOR UPDATE;

-- name: find_open_draft :one
-- The newest draft.
SELECT * FROM rating_rule_sets WHERE state = 'draft' ORDER BY version DESC LIMIT 1;

-- name: list_sets :many
-- Newest first.
SELECT * FROM rating_rule_sets ORDER BY version DESC LIMIT %(limit)s;

-- name: insert_set :one
-- A new draft.
INSERT INTO rating_rule_sets (note, copied_from, created_by)
VALUES (%(note)s, %(copied_from)s, %(created_by)s)
RETURNING *;

-- name: archive_active_set :one
-- Retire the set that decides now.
UPDATE rating_rule_sets SET state = 'archived', archived_at = clock_timestamp() WHERE state = 'active' RETURNING version;

-- name: activate_set :one
-- Let a draft or a retired set decide; the index on active sets lets only one.
UPDATE rating_rule_sets
   SET state = 'active', activated_at = clock_timestamp(), archived_at = NULL
 WHERE version = %(version)s AND state <> 'active'
RETURNING *;

-- name: archive_draft :one
-- Give a draft up.
UPDATE rating_rule_sets SET state = 'archived', archived_at = now() WHERE version = %(version)s AND state = 'draft' RETURNING *;

-- name: list_rules :many
-- A set's rules in the order in which they are tried.
SELECT id, priority, name, effective_from, effective_until, feed, lab_grown, price_min, price_below, carat_min,
       carat_below, shapes, colors, clarities, cuts, polishes, symmetries, fluorescences, certificate_labs,
       girdles, culets, table_min, table_below, depth_min, depth_below, ratio_min, ratio_below,
       crown_angle_min, crown_angle_below, crown_height_min, crown_height_below, pavilion_angle_min,
       pavilion_angle_below, pavilion_depth_min, pavilion_depth_below, rating FROM rating_rules WHERE rule_set_version = %(version)s ORDER BY priority, id;

-- name: delete_rules :none
-- Make room for a draft's new rules.
DELETE FROM rating_rules WHERE rule_set_version = %(version)s;

-- name: insert_rule :none
-- One rule of a draft.
INSERT INTO rating_rules (
       rule_set_version, id, priority, name, effective_from, effective_until, feed, lab_grown, price_min,
       price_below, carat_min, carat_below, shapes, colors, clarities, cuts, polishes, symmetries,
       fluorescences, certificate_labs, girdles, culets, table_min, table_below, depth_min, depth_below,
       ratio_min, ratio_below, crown_angle_min, crown_angle_below, crown_height_min, crown_height_below,
       pavilion_angle_min, pavilion_angle_below, pavilion_depth_min, pavilion_depth_below, rating)
VALUES (%(version)s, %(id)s, %(priority)s, %(name)s, %(effective_from)s, %(effective_until)s, %(feed)s,
       %(lab_grown)s, %(price_min)s, %(price_below)s, %(carat_min)s, %(carat_below)s, %(shapes)s, %(colors)s,
       %(clarities)s, %(cuts)s, %(polishes)s, %(symmetries)s, %(fluorescences)s, %(certificate_labs)s,
       %(girdles)s, %(culets)s, %(table_min)s, %(table_below)s, %(depth_min)s, %(depth_below)s, %(ratio_min)s,
       %(ratio_below)s, %(crown_angle_min)s, %(crown_angle_below)s, %(crown_height_min)s,
       %(crown_height_below)s, %(pavilion_angle_min)s, %(pavilion_angle_below)s, %(pavilion_depth_min)s,
       %(pavilion_depth_below)s, %(rating)s);

-- name: insert_audit :none
-- Who did what, and why.
INSERT INTO rule_audit (kind, rule_set_version, action, actor, reason, difference)
VALUES ('rating', %(version)s, %(action)s, %(actor)s, %(reason)s, %(difference)s);

-- name: list_audit :many
-- Newest first.
SELECT * FROM rule_audit WHERE kind = 'rating' ORDER BY id DESC LIMIT %(limit)s;
