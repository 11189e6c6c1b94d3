-- name: list_fields :many
-- Everything known of a feed's payloads; disputed is a changed type that was kept off, and that nobody has accepted yet.
SELECT path, type, (drift = 'type_changed' AND policy <> 'warn' AND acknowledged_at IS NULL) IS TRUE AS disputed
  FROM payload_fields
 WHERE feed = %(feed)s;

-- name: is_baseline :one
-- Whether no run of the feed has ended since its payloads were first looked at: until then, all of it is how it is.
SELECT NOT EXISTS (
    SELECT FROM run_metadata AS run
     WHERE run.feed = %(feed)s
       AND run.run_id <> %(run_id)s
       AND run.status IN ('completed', 'partial')
       AND run.completed_at >= (SELECT min(first_seen_at) FROM payload_fields WHERE feed = %(feed)s));

-- name: insert_fields :many
-- Each once, whoever comes first; in one order, so that pages never deadlock. Answers what drifted by this writing.
WITH added AS (
    INSERT INTO payload_fields (feed, path, type, first_run_id, sample, drift, types_before, policy)
    SELECT %(feed)s, place.path, place.type, %(run_id)s, place.sample, place.drift,
           string_to_array(place.types_before, ','), place.policy
      FROM unnest(%(paths)s::text[], %(types)s::text[], %(samples)s::text[], %(drifts)s::text[], %(types_before)s::text[],
                  %(policies)s::text[]) AS place(path, type, sample, drift, types_before, policy)
     ORDER BY place.path, place.type
        ON CONFLICT DO NOTHING
    RETURNING *)
SELECT id, feed, path, type, first_run_id AS run_id, first_seen_at, sample, drift, types_before, policy, acknowledged_at, acknowledged_by
  FROM added
 WHERE drift IS NOT NULL
 ORDER BY id;

-- name: list_drift :many
-- What drifted, the newest first, from just before the cursor; open: what nobody has acknowledged.
SELECT id, feed, path, type, first_run_id AS run_id, first_seen_at, sample, drift, types_before, policy, acknowledged_at, acknowledged_by
  FROM payload_fields
 WHERE drift IS NOT NULL
   AND (%(feed)s::text IS NULL OR feed = %(feed)s)
   AND (NOT %(open)s::boolean OR acknowledged_at IS NULL)
   AND (%(before_id)s::bigint IS NULL OR id < %(before_id)s)
 ORDER BY id DESC
 LIMIT %(limit)s;

-- name: list_run_drift :many
-- What drifted in a run, as it came.
SELECT id, feed, path, type, first_run_id AS run_id, first_seen_at, sample, drift, types_before, policy, acknowledged_at, acknowledged_by
  FROM payload_fields
 WHERE drift IS NOT NULL AND first_run_id = %(run_id)s
 ORDER BY id;

-- name: acknowledge_drift :many
-- Somebody has seen these and accepts them; who was first stays.
WITH acknowledged AS (
    UPDATE payload_fields
       SET acknowledged_at = COALESCE(acknowledged_at, now()), acknowledged_by = COALESCE(acknowledged_by, %(actor)s)
     WHERE id = ANY(%(ids)s::bigint[]) AND drift IS NOT NULL
    RETURNING *)
SELECT id, feed, path, type, first_run_id AS run_id, first_seen_at, sample, drift, types_before, policy, acknowledged_at, acknowledged_by
  FROM acknowledged
 ORDER BY id DESC;
