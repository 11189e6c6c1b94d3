-- name: quarantine_item :one
-- Keep a listing that cannot be mapped, with the reason; the same payload counts up once a run. No row: this run had it.
INSERT INTO quarantine (feed, supplier_stone_id, diamond_id, field, reason, payload, payload_hash, mapper_version, first_run_id, last_run_id)
VALUES (%(feed)s, %(supplier_stone_id)s, %(diamond_id)s, %(field)s, %(reason)s, %(payload)s::json, %(payload_hash)s,
        %(mapper_version)s, %(run_id)s, %(run_id)s)
    ON CONFLICT ON CONSTRAINT quarantine_one_per_payload DO UPDATE
   SET diamond_id = EXCLUDED.diamond_id,
       field = EXCLUDED.field,
       reason = EXCLUDED.reason,
       mapper_version = EXCLUDED.mapper_version,
       last_run_id = EXCLUDED.last_run_id,
       seen = quarantine.seen + 1,
       last_seen_at = now(),
       resolved_at = NULL,
       resolution = NULL,
       resolved_by_run = NULL
 WHERE quarantine.last_run_id <> EXCLUDED.last_run_id OR quarantine.resolved_at IS NOT NULL
RETURNING id;

-- name: list_quarantine :many
-- What could not be mapped and still waits, newest first, from just before the cursor.
SELECT id, feed, supplier_stone_id, field, reason, payload::text AS payload, mapper_version, seen, first_seen_at, last_seen_at
  FROM quarantine
 WHERE resolved_at IS NULL
   AND (%(feed)s::text IS NULL OR feed = %(feed)s)
   AND (%(before)s::bigint IS NULL OR id < %(before)s)
 ORDER BY id DESC
 LIMIT %(limit)s;

-- name: list_of_stone :many
-- What of a stone could not be mapped and still waits, the newest first.
SELECT field, reason, payload::text AS payload
  FROM quarantine
 WHERE diamond_id = %(diamond_id)s AND resolved_at IS NULL
 ORDER BY id DESC;

-- name: list_replayable :many
-- Quarantined listings of a feed, oldest first, after the one named.
SELECT id, supplier_stone_id, field, reason, mapper_version, payload::text AS payload, last_seen_at
  FROM quarantine
 WHERE feed = %(feed)s AND resolved_at IS NULL AND id > %(after)s
 ORDER BY id
 LIMIT %(limit)s;

-- name: list_filed :many
-- What is on file of these stones and since when; of a stone that a sweep found gone, since when that is known.
SELECT supplier_stone_id,
       payload_hash,
       source_updated_at,
       GREATEST(updated_at, gone_at) AS told_at,
       gone_at IS NOT NULL AS gone
  FROM raw_diamonds
 WHERE feed = %(feed)s AND supplier_stone_id = ANY(%(stone_ids)b::text[])
   FOR UPDATE;

-- name: resolve_quarantine :none
-- Say of these how they left.
UPDATE quarantine AS item
   SET resolved_at = now(), resolution = fate.resolution, resolved_by_run = %(run_id)s
  FROM unnest(%(ids)s::bigint[], %(resolutions)s::text[]) AS fate(id, resolution)
 WHERE item.id = fate.id AND item.resolved_at IS NULL;

-- name: restate_quarantine :none
-- Say of these why they cannot be mapped now.
UPDATE quarantine AS item
   SET field = now.field, reason = now.reason, mapper_version = %(mapper_version)s
  FROM unnest(%(ids)s::bigint[], %(fields)s::text[], %(reasons)s::text[]) AS now(id, field, reason)
 WHERE item.id = now.id AND item.resolved_at IS NULL;

-- name: settle_quarantine :none
-- What a run showed to be over: the listing could be mapped after all, a newer one of the stone is on file, or a sweep found
-- that there is none any more. What is on file since before it was put here, say for want of a price, waits on.
UPDATE quarantine AS item
   SET resolved_at = now(), resolution = shown.resolution, resolved_by_run = %(run_id)s
  FROM (SELECT waiting.id,
               CASE WHEN seen.diamond_id IS NOT NULL AND raw.payload_hash <> waiting.payload_hash THEN 'superseded'
                    WHEN seen.diamond_id IS NOT NULL AND raw.updated_at > waiting.last_seen_at THEN 'moved'
                    WHEN %(swept)s AND seen.diamond_id IS NULL AND stone.id IS NULL
                         AND (waiting.diamond_id IS NOT NULL OR waiting.supplier_stone_id IS NULL) THEN 'gone' END AS resolution
          FROM quarantine AS waiting
          LEFT JOIN run_sightings AS seen ON seen.run_id = %(run_id)s AND seen.diamond_id = waiting.diamond_id
          LEFT JOIN diamonds AS stone ON stone.id = waiting.diamond_id AND stone.status = 'active'
          LEFT JOIN raw_diamonds AS raw ON raw.feed = waiting.feed AND raw.supplier_stone_id = waiting.supplier_stone_id
         WHERE waiting.feed = %(feed)s AND waiting.resolved_at IS NULL AND waiting.last_run_id <> %(run_id)s) AS shown
 WHERE item.id = shown.id AND shown.resolution IS NOT NULL;

-- name: count_resolved :many
-- How the listings left the quarantine that a run settled.
SELECT resolution, count(*)::integer AS listings
  FROM quarantine
 WHERE resolved_by_run = %(run_id)s
 GROUP BY resolution
 ORDER BY resolution;
