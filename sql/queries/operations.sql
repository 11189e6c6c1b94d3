-- name: list_feed_facts :many
-- How each feed's newest run goes or went, when the last one was completed, and what waits.
WITH newest AS (
    SELECT DISTINCT ON (feed) run_id, feed, status, COALESCE(active_after, active_before) AS stones
      FROM run_metadata
     ORDER BY feed, started_at DESC
)
SELECT newest.feed, newest.status, newest.stones, books.fetched, books.new, books.changed, books.quarantined,
       extract(epoch FROM now() - completed.at)::float8 AS seconds_since_completed,
       (SELECT count(*) FROM consolidation_queue AS queue WHERE queue.feed = newest.feed)::integer AS queued,
       (SELECT count(*) FROM quarantine WHERE quarantine.feed = newest.feed AND resolved_at IS NULL)::integer AS in_quarantine
  FROM newest
 CROSS JOIN LATERAL (
       SELECT COALESCE(sum(fetched), 0)::integer AS fetched, COALESCE(sum(new), 0)::integer AS new,
              COALESCE(sum(changed), 0)::integer AS changed, COALESCE(sum(quarantined), 0)::integer AS quarantined
         FROM partition_progress AS partition
        WHERE partition.run_id = newest.run_id) AS books
 CROSS JOIN LATERAL (
       SELECT max(run.completed_at) AS at
         FROM run_metadata AS run
        WHERE run.feed = newest.feed AND run.status = 'completed') AS completed
 ORDER BY newest.feed;

-- name: list_open_partitions :many
-- How far the partitions of open runs are.
SELECT run.feed, partition.status, count(*)::integer AS partitions
  FROM run_metadata AS run
  JOIN partition_progress AS partition USING (run_id)
 WHERE run.status = 'running'
 GROUP BY run.feed, partition.status
 ORDER BY run.feed, partition.status;

-- name: list_waiting_messages :many
-- What has not left the database, and what nobody could handle.
SELECT 'outbox-' || destination AS queue, count(*)::integer AS messages
  FROM outbox
 WHERE sent_at IS NULL AND given_up_at IS NULL
 GROUP BY destination
 UNION ALL
SELECT 'dead-' || queue, count(*)::integer
  FROM dead_letters
 WHERE requeued_at IS NULL
 GROUP BY queue
 ORDER BY queue;

-- name: begin_retention :one
-- Keep the plan before anything is removed.
INSERT INTO retention_runs (plan, requested_by)
VALUES (%(plan)s::jsonb, %(requested_by)s)
RETURNING id;

-- name: add_removed :none
-- Count a batch in the transaction that removes it.
UPDATE retention_runs
   SET removed = removed || jsonb_build_object(%(category)s::text, COALESCE((removed ->> %(category)s::text)::bigint, 0) + %(rows)s::bigint)
 WHERE id = %(id)s;

-- name: end_retention :none
-- Everything the plan named is gone, or the time was up.
UPDATE retention_runs SET completed_at = now() WHERE id = %(id)s;

-- name: list_retention_runs :many
-- The newest first.
SELECT id, started_at, plan, removed, completed_at, requested_by
  FROM retention_runs
 WHERE %(after)s::bigint IS NULL OR id < %(after)s
 ORDER BY id DESC
 LIMIT %(limit)s;
