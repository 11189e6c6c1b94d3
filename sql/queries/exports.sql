-- name: insert_export :one
-- Ask for a copy; a client whose last one is not done yet gets nothing.
INSERT INTO exports (client_id, requested_by, format, changes_from, price_points, price_places)
VALUES (%(client_id)s, %(requested_by)s, %(format)s, %(changes_from)s, %(price_points)s::integer,
        %(price_places)s::integer)
    ON CONFLICT (client_id) WHERE completed_at IS NULL DO NOTHING
RETURNING *;

-- name: find_export :one
-- One of a client's exports.
SELECT * FROM exports WHERE id = %(id)s AND client_id = %(client_id)s;

-- name: list_exports :many
-- A client's exports, newest first.
SELECT * FROM exports WHERE client_id = %(client_id)s ORDER BY created_at DESC, id LIMIT %(limit)s;

-- name: lease_export :one
-- Take the oldest open export that nobody is writing.
UPDATE exports
   SET leased_until = now() + make_interval(secs => %(seconds)s::float8)
 WHERE id = (SELECT id FROM exports WHERE completed_at IS NULL AND leased_until <= now()
              ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: part_written :one
-- One part more, unless somebody else wrote it; an empty one ends the export.
UPDATE exports
   SET last_id = COALESCE(%(last_id)s, last_id),
       parts = parts + CASE WHEN %(stones)s::bigint > 0 THEN 1 ELSE 0 END,
       stones = stones + %(stones)s::bigint,
       bytes = bytes + %(bytes)s::bigint,
       leased_until = now() + make_interval(secs => %(seconds)s::float8),
       completed_at = CASE WHEN %(last)s::boolean THEN now() END
 WHERE id = %(id)s AND parts = %(parts)s AND completed_at IS NULL
RETURNING *;

-- name: release_export :none
-- Let another one go on with it at once.
UPDATE exports SET leased_until = now() WHERE id = %(id)s AND completed_at IS NULL;

-- name: take_old_exports :many
-- Forget exports of long ago; their parts are to be deleted then.
DELETE FROM exports WHERE completed_at < now() - make_interval(hours => %(hours)s::integer) RETURNING *;
