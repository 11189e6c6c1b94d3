-- name: current_version :one
-- What every committed change of stones and prices moves.
SELECT version, changed_at FROM catalogue_version;

-- name: changes_since :one
-- The version now, the stones that changed since a point in the log, and the next point; some may be told twice.
SELECT version,
       reloads,
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS point,
       ARRAY(SELECT DISTINCT unnest(stones) FROM stone_changes WHERE xid >= %(point)s::text::xid8) AS diamond_ids
  FROM catalogue_version;

-- name: current_point :one
-- The version now, and the point in the log of changes from which later ones are found.
SELECT version,
       reloads,
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS point,
       ARRAY[]::uuid[] AS diamond_ids
  FROM catalogue_version;
