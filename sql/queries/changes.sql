-- name: changes_horizon :one
-- Everything that changed in transactions before this one is visible and complete.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text;

-- name: changes_after :many
-- The stones that changed after a place, in order, up to the horizon; of each log row from where it was left.
WITH logged AS (
    SELECT xid, id, kind, at, stones, size, sum(size) OVER (ORDER BY xid, id) - size AS before
      FROM (SELECT xid, id, kind, at, stones, size
              FROM stone_changes
             WHERE (xid, id) >= (%(xid)s::xid8, %(id)s)
               AND xid < %(horizon)s::xid8
             ORDER BY xid, id
             LIMIT %(limit)s + 2) AS near
), needed AS (
    SELECT xid, id, kind, at, stones FROM logged WHERE before <= %(limit)s + %(done)s
)
SELECT needed.xid::text, needed.id, needed.kind, needed.at, stone.id AS diamond_id, stone.number::integer AS number
  FROM needed
 CROSS JOIN LATERAL unnest(needed.stones) WITH ORDINALITY AS stone (id, number)
 WHERE (needed.xid, needed.id) > (%(xid)s::xid8, %(id)s) OR stone.number > %(done)s
 ORDER BY needed.xid, needed.id, stone.number
 LIMIT %(limit)s + 1;

-- name: prune_changes :none
-- Forget what nobody may follow any more.
DELETE FROM stone_changes WHERE at < now() - make_interval(hours => %(hours)s::integer);
