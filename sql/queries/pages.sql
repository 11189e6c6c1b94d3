-- name: advance_partition :one
-- Move a running partition past what was read, if nobody else did and the run goes on; the ledger moves with it.
UPDATE partition_progress AS part
   SET next_offset = %(offset)s + %(items)s,
       anchor = COALESCE(%(anchor)s, anchor),
       pages = pages + %(pages)s,
       fetched = fetched + %(items)s,
       new = new + %(new)s,
       changed = changed + %(changed)s,
       unchanged = unchanged + %(unchanged)s,
       duplicate = duplicate + %(duplicate)s,
       quarantined = quarantined + %(quarantined)s,
       updated_at = now()
  FROM run_metadata AS run
 WHERE part.run_id = %(run_id)s
   AND part.partition_id = %(partition_id)s
   AND part.status = 'running'
   AND part.next_offset = %(offset)s
   AND run.run_id = part.run_id
   AND run.status = 'running'
   AND run.cancel_requested_at IS NULL
   AND run.refused IS NULL
RETURNING part.*, run.feed, COALESCE(part.updated_from, run.read_from) AS read_from, true AS run_is_open;

-- name: step_back :one
-- Read again from earlier on, because stones before here have gone; only one worker moves it.
UPDATE partition_progress
   SET next_offset = GREATEST(next_offset - %(steps)s, 0), rewinds = rewinds + 1, updated_at = now()
 WHERE run_id = %(run_id)s AND partition_id = %(partition_id)s AND status = 'running' AND next_offset = %(offset)s
RETURNING next_offset;

-- name: was_sighted :one
-- Whether this run has seen the stone.
SELECT EXISTS (SELECT FROM run_sightings WHERE run_id = %(run_id)s AND diamond_id = %(diamond_id)s);

-- name: lock_partition :one
-- Hold a running partition that still stands at this page, until it has ended.
SELECT part.next_offset
  FROM partition_progress AS part
  JOIN run_metadata AS run USING (run_id)
 WHERE part.run_id = %(run_id)s
   AND part.partition_id = %(partition_id)s
   AND part.status = 'running'
   AND part.next_offset = %(offset)s
   AND run.status = 'running'
   AND run.cancel_requested_at IS NULL
   AND run.refused IS NULL
   FOR UPDATE OF part;

-- name: insert_sightings :many
-- Stones seen for the first time in this run; the others are duplicates. Ordered, so that pages never deadlock.
INSERT INTO run_sightings (run_id, diamond_id)
SELECT %(run_id)s, id FROM unnest(%(ids)b::uuid[]) AS id ORDER BY id
    ON CONFLICT DO NOTHING
RETURNING diamond_id;

-- name: list_known_hashes :many
-- What is on file of these stones; a stone swept away counts as unknown content.
SELECT supplier_stone_id,
       CASE WHEN gone_at IS NULL THEN payload_hash END AS payload_hash,
       source_updated_at
  FROM raw_diamonds
 WHERE feed = %(feed)s AND supplier_stone_id = ANY(%(stone_ids)b::text[]);

-- name: upsert_raw :none
-- Keep new and changed payloads.
INSERT INTO raw_diamonds (feed, supplier_stone_id, offer_id, run_id, payload, payload_hash, source_updated_at, updated_at)
SELECT %(feed)s, item.supplier_stone_id, item.offer_id, %(run_id)s, item.payload::json, item.payload_hash, item.source_updated_at,
       COALESCE(item.told_at, now())
  FROM unnest(%(stone_ids)b::text[], %(offer_ids)b::text[], %(payloads)b::text[], %(hashes)b::bytea[], %(updated)b::timestamptz[],
              %(told)b::timestamptz[])
       AS item(supplier_stone_id, offer_id, payload, payload_hash, source_updated_at, told_at)
 ORDER BY item.supplier_stone_id
    ON CONFLICT (feed, supplier_stone_id) DO UPDATE
   SET offer_id = EXCLUDED.offer_id,
       run_id = EXCLUDED.run_id,
       payload = EXCLUDED.payload,
       payload_hash = EXCLUDED.payload_hash,
       source_updated_at = EXCLUDED.source_updated_at,
       updated_at = EXCLUDED.updated_at,
       gone_at = NULL;

-- name: make_room :none
-- Before new staged rows of these stones: the old ones go, and the stones are queued to be consolidated.
WITH gone AS (
    DELETE FROM staged_diamonds WHERE diamond_id = ANY(%(ids)b::uuid[])
)
INSERT INTO consolidation_queue (feed, diamond_id)
SELECT %(feed)s, id FROM unnest(%(ids)b::uuid[]) AS id ORDER BY id
    ON CONFLICT DO NOTHING;

-- name: list_raw :many
-- Stored payloads of a feed in the order of their ids, as text so that no number loses a digit.
SELECT supplier_stone_id, payload_hash, payload::text AS payload
  FROM raw_diamonds
 WHERE feed = %(feed)s AND supplier_stone_id > %(after)s AND gone_at IS NULL
 ORDER BY supplier_stone_id
 LIMIT %(limit)s;

-- name: list_staged_versions :many
-- What is staged of these stones, and by which mapper.
SELECT diamond_id, content_hash, mapper_version FROM staged_diamonds WHERE diamond_id = ANY(%(ids)b::uuid[]);
