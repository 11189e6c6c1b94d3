-- name: insert_upload :one
-- Keep an upload; it waits for its run.
INSERT INTO stock_uploads (id, filename, uploaded_by, complete, mapping, columns, constants, ignored, content, sha256,
                           lines, bad_lines, stones)
VALUES (%(id)s, %(filename)s, %(uploaded_by)s, %(complete)s, %(mapping)s, %(columns)s::jsonb, %(constants)s::jsonb, %(ignored)s::text[],
        %(content)s, %(sha256)s, %(lines)s, %(bad_lines)s, %(stones)s)
RETURNING *;

-- name: insert_faults :none
-- What could not be read of an upload.
INSERT INTO stock_faults (upload_id, line, field, heading, value, reason)
SELECT %(upload_id)s, fault.line, fault.field, fault.heading, fault.value, fault.reason
  FROM unnest(%(lines)s::integer[], %(fields)s::text[], %(headings)s::text[], %(values)s::text[], %(reasons)s::text[])
       AS fault(line, field, heading, value, reason);

-- name: lock_next_upload :one
-- The upload that has waited longest; whoever comes second waits and finds it taken, so that none overtakes another.
SELECT *
  FROM stock_uploads
 WHERE run_id IS NULL
 ORDER BY number
 LIMIT 1
   FOR UPDATE;

-- name: shelve_lines :one
-- Put lines on the shelf; one that says what it said before stays untouched.
WITH line AS (
    SELECT * FROM unnest(%(keys)s::text[], %(prices)s::numeric[], %(payloads)s::jsonb[]) AS line(key, price, payload)
), put AS (
    INSERT INTO own_stock (key, price, payload, changed_at)
    SELECT key, price, payload, now() FROM line ORDER BY key
        ON CONFLICT (key) DO UPDATE
       SET price = EXCLUDED.price, payload = EXCLUDED.payload, changed_at = EXCLUDED.changed_at
     WHERE own_stock.payload <> EXCLUDED.payload
    RETURNING xmax = 0 AS fresh
)
SELECT count(*) FILTER (WHERE fresh) AS added, count(*) FILTER (WHERE NOT fresh) AS changed FROM put;

-- name: clear_others :one
-- After a complete upload: take what it does not name off the shelf.
WITH gone AS (
    DELETE FROM own_stock WHERE NOT key = ANY(%(keys)s::text[]) RETURNING key
)
SELECT count(*) FROM gone;

-- name: clear_nameless :none
-- Lines without a stock number belong to the upload that brought them.
DELETE FROM own_stock WHERE starts_with(key, %(prefix)s) AND NOT key = ANY(%(keys)s::text[]);

-- name: mark_shelved :one
-- The upload is on the shelf, and this run reads it.
UPDATE stock_uploads
   SET run_id = %(run_id)s, shelved_at = now(), added = %(added)s, changed = %(changed)s, removed = %(removed)s
 WHERE id = %(id)s
RETURNING *;

-- name: list_uploads :many
-- The newest first, from just before the cursor, with the run that reads each.
SELECT upload.*, run.status AS run_status, run.error AS run_error, run.sweep, run.sweep_reason
  FROM stock_uploads AS upload
  LEFT JOIN run_metadata AS run USING (run_id)
 WHERE (%(before)s::bigint IS NULL OR upload.number < %(before)s)
 ORDER BY upload.number DESC
 LIMIT %(limit)s;

-- name: find_upload :one
-- One upload with the run that reads it.
SELECT upload.*, run.status AS run_status, run.error AS run_error, run.sweep, run.sweep_reason
  FROM stock_uploads AS upload
  LEFT JOIN run_metadata AS run USING (run_id)
 WHERE upload.id = %(id)s;

-- name: list_faults :many
-- What could not be read, in the order of the file, from just after a line.
SELECT line, field, heading, value, reason
  FROM stock_faults
 WHERE upload_id = %(upload_id)s
   AND (%(after_line)s::integer IS NULL OR (line, field) > (%(after_line)s::integer, %(after_field)s::text))
 ORDER BY line, field
 LIMIT %(limit)s::bigint;

-- name: forget_files :none
-- Files that have been on the shelf for long.
UPDATE stock_uploads SET content = NULL WHERE content IS NOT NULL AND shelved_at < now() - make_interval(days => %(days)s::integer);

-- name: upsert_mapping :one
-- Declare how the columns of a retailer's files are called.
INSERT INTO stock_mappings (name, columns, constants, updated_by)
VALUES (%(name)s, %(columns)s::jsonb, %(constants)s::jsonb, %(updated_by)s)
    ON CONFLICT (name) DO UPDATE
   SET columns = EXCLUDED.columns, constants = EXCLUDED.constants, updated_by = EXCLUDED.updated_by, updated_at = now()
RETURNING *;

-- name: find_mapping :one
-- A mapping by its name.
SELECT * FROM stock_mappings WHERE name = %(name)s;

-- name: list_mappings :many
-- All mappings by name.
SELECT * FROM stock_mappings ORDER BY name;

-- name: delete_mapping :one
-- Forget a mapping; uploads that used it keep what it said.
DELETE FROM stock_mappings WHERE name = %(name)s RETURNING name;
