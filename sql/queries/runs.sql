-- name: insert_run :one
-- Open a run, count what the catalogue holds now, and keep the rules of today; the index on open runs decides races.
WITH opened AS (
INSERT INTO run_metadata (run_id, feed, provider, run_type, requested_by, watermark_before, read_from, captured_at,
                          range_low, range_high, active_before)
SELECT %(run_id)s, %(feed)s, %(provider)s, %(run_type)s, %(requested_by)s,
       %(watermark_before)s::timestamptz, %(read_from)s::timestamptz, %(captured_at)s::timestamptz,
       %(range_low)s::numeric, %(range_high)s::numeric,
       (SELECT count(*) FROM diamonds WHERE feed = %(feed)s AND status = 'active')
RETURNING *
), ruled AS (
INSERT INTO run_quality_rules (run_id, rule_id, field, comparison, value, effect)
SELECT opened.run_id, rule.id, rule.field, rule.comparison, rule.value, rule.effect
  FROM opened
  JOIN quality_rules AS rule ON rule.feed IS NULL OR rule.feed = opened.feed
)
SELECT * FROM opened;

-- name: find_run :one
-- A run by its id.
SELECT * FROM run_metadata WHERE run_id = %(run_id)s;

-- name: lock_run :one
-- A run, held until the transaction ends.
SELECT * FROM run_metadata WHERE run_id = %(run_id)s FOR UPDATE;

-- name: find_open_run :one
-- The run that occupies a provider.
SELECT * FROM run_metadata WHERE provider = %(provider)s AND status = 'running';

-- name: list_open_runs :many
-- Every run that should have a live orchestration by now.
SELECT *
  FROM run_metadata
 WHERE status = 'running' AND attempt_started_at < now() - make_interval(secs => %(older_than_seconds)s)
 ORDER BY started_at;

-- name: take_over_run :one
-- Start the next attempt at an open run whose orchestration died; only one watcher succeeds.
UPDATE run_metadata
   SET attempt = attempt + 1, attempt_started_at = now()
 WHERE run_id = %(run_id)s AND attempt = %(attempt)s AND status = 'running'
RETURNING *;

-- name: list_runs :many
-- Newest first, from just after the cursor.
SELECT *
  FROM run_metadata
 WHERE (%(feed)s::text IS NULL OR feed = %(feed)s)
   AND (%(status)s::text IS NULL OR status = %(status)s)
   AND (%(before_started_at)s::timestamptz IS NULL
        OR (started_at, run_id) < (%(before_started_at)s::timestamptz, %(before_run_id)s::uuid))
 ORDER BY started_at DESC, run_id DESC
 LIMIT %(limit)s;

-- name: superseding_run :one
-- A later run of the same feed that completed: this one has nothing left to say.
SELECT later.run_id
  FROM run_metadata AS run
  JOIN run_metadata AS later ON later.feed = run.feed AND later.captured_at > run.captured_at AND later.status = 'completed'
 WHERE run.run_id = %(run_id)s
 ORDER BY later.captured_at DESC
 LIMIT 1;

-- name: plan_run :none
-- Remember the scan's total and cost, and go on to fetching.
UPDATE run_metadata
   SET expected = %(expected)s, count_calls = %(count_calls)s, phase = 'fetching'
 WHERE run_id = %(run_id)s AND phase = 'counting';

-- name: insert_partitions :none
-- Every partition of a run, written before its first page is fetched.
INSERT INTO partition_progress (run_id, partition_id, range_low, range_high, expected)
SELECT %(run_id)s, 'partition-' || (part.ordinality - 1), part.low, part.high, part.expected
  FROM unnest(%(lows)s::numeric[], %(highs)s::numeric[], %(expected)s::integer[])
       WITH ORDINALITY AS part(low, high, expected, ordinality);

-- name: insert_catch_up :one
-- After a full run's partitions: everything that changed while they were read, once more; added at most once.
INSERT INTO partition_progress (run_id, partition_id, range_low, range_high, expected, updated_from)
SELECT run.run_id,
       'partition-' || (SELECT count(*) FROM partition_progress AS part WHERE part.run_id = run.run_id),
       0, NULL, 0, run.captured_at
  FROM run_metadata AS run
 WHERE run.run_id = %(run_id)s
   AND run.run_type = 'full'
   AND run.status = 'running'
   AND EXISTS (SELECT FROM partition_progress AS part WHERE part.run_id = run.run_id)
   AND NOT EXISTS (SELECT FROM partition_progress AS part WHERE part.run_id = run.run_id AND part.updated_from IS NOT NULL)
    ON CONFLICT DO NOTHING
RETURNING partition_id;

-- name: list_partitions :many
-- A run's partitions in the order of the axis.
SELECT * FROM partition_progress WHERE run_id = %(run_id)s ORDER BY range_low, partition_id;

-- name: find_partition :one
-- A partition with what its pages need to know of the run.
SELECT part.*,
       run.feed,
       COALESCE(part.updated_from, run.read_from) AS read_from,
       run.status = 'running' AND run.cancel_requested_at IS NULL AND run.refused IS NULL AS run_is_open
  FROM partition_progress AS part
  JOIN run_metadata AS run USING (run_id)
 WHERE part.run_id = %(run_id)s AND part.partition_id = %(partition_id)s;

-- name: begin_partition :one
-- Start the next attempt at a pending partition; a running one goes on as it is.
WITH begun AS (
    UPDATE partition_progress
       SET status = 'running', attempt = attempt + 1, error = NULL, updated_at = now()
     WHERE run_id = %(run_id)s AND partition_id = %(partition_id)s AND status = 'pending'
    RETURNING run_id, partition_id, attempt
)
INSERT INTO worker_runs (run_id, partition_id, attempt)
SELECT run_id, partition_id, attempt FROM begun
RETURNING attempt;

-- name: end_partition :one
-- Complete or fail a running partition and its attempt; any other is left as it is.
WITH ended AS (
    UPDATE partition_progress
       SET status = %(status)s, error = %(error)s, updated_at = now()
     WHERE run_id = %(run_id)s AND partition_id = %(partition_id)s AND status = 'running'
    RETURNING run_id, partition_id, attempt, fetched
)
UPDATE worker_runs AS attempt
   SET status = %(status)s, error_message = %(error)s, completed_at = now(), records_processed = ended.fetched
  FROM ended
 WHERE (attempt.run_id, attempt.partition_id, attempt.attempt) = (ended.run_id, ended.partition_id, ended.attempt)
RETURNING attempt.status;

-- name: stop_partitions :one
-- Fail every partition still open; its worker finds out at its next page.
WITH stopped AS (
    UPDATE partition_progress
       SET status = 'failed', error = %(reason)s, updated_at = now()
     WHERE run_id = %(run_id)s AND status IN ('pending', 'running')
    RETURNING run_id, partition_id, attempt, fetched
), ended AS (
    UPDATE worker_runs AS attempt
       SET status = 'failed', error_message = %(reason)s, completed_at = now(), records_processed = stopped.fetched
      FROM stopped
     WHERE (attempt.run_id, attempt.partition_id, attempt.attempt)
         = (stopped.run_id, stopped.partition_id, stopped.attempt)
       AND attempt.status = 'running'
)
SELECT count(*) FROM stopped;

-- name: begin_grace :one
-- When the grace period began: now, unless it is running already.
UPDATE run_metadata
   SET grace_started_at = COALESCE(grace_started_at, now())
 WHERE run_id = %(run_id)s
RETURNING extract(epoch FROM now() - grace_started_at)::float8 AS seconds;

-- name: requeue_due_partitions :one
-- Give failed partitions another attempt when their back-off is over, which doubles with every attempt; and when the
-- grace period is, a last one each: an outage as long as the period is over then.
WITH requeued AS (
    UPDATE partition_progress AS part
       SET status = 'pending', updated_at = now()
      FROM (SELECT grace_started_at + make_interval(secs => %(grace_seconds)s::float8) AS ends
              FROM run_metadata
             WHERE run_id = %(run_id)s) AS grace
     WHERE part.run_id = %(run_id)s
       AND part.status = 'failed'
       AND CASE WHEN now() < grace.ends
                THEN part.updated_at < now() - make_interval(secs => %(first_wait_seconds)s * 2 ^ (part.attempt - 1))
                ELSE part.updated_at < grace.ends END
    RETURNING part.partition_id
)
SELECT count(*) FROM requeued;

-- name: requeue_partitions :one
-- Give failed partitions another attempt from their saved offset: all, or the one named.
WITH requeued AS (
    UPDATE partition_progress
       SET status = 'pending', updated_at = now()
     WHERE run_id = %(run_id)s AND status = 'failed'
       AND (%(partition_id)s::text IS NULL OR partition_id = %(partition_id)s)
    RETURNING partition_id
)
SELECT count(*) FROM requeued;

-- name: reopen_run :one
-- Let a run that ended short go on; refused by the index when the provider is busy.
UPDATE run_metadata
   SET status = 'running',
       -- One that was never counted is counted now, or it would pass for an empty inventory.
       phase = CASE WHEN expected IS NULL THEN 'counting' ELSE 'fetching' END,
       attempt = attempt + 1, attempt_started_at = now(),
       completed_at = NULL, cancel_requested_at = NULL, error = NULL, active_after = NULL,
       grace_started_at = NULL, refused = NULL, forced_by = %(forced_by)s,
       -- The books start from what the catalogue holds now, less what this run already did to it.
       active_before = (SELECT count(*) FROM diamonds AS diamond
                         WHERE diamond.feed = run_metadata.feed AND diamond.status = 'active')
                       - inserted - resurrected + removed
 WHERE run_id = %(run_id)s AND status IN ('partial', 'failed', 'cancelled')
RETURNING *;

-- name: request_cancel :one
-- Ask an open run to stop at its next page.
UPDATE run_metadata
   SET cancel_requested_at = COALESCE(cancel_requested_at, now())
 WHERE run_id = %(run_id)s AND status = 'running'
RETURNING *;

-- name: refuse_run :none
-- A rule stops the run: its pages go no further, and nothing of it is published.
UPDATE run_metadata SET refused = COALESCE(refused, %(reason)s) WHERE run_id = %(run_id)s AND status = 'running';

-- name: run_progress :one
-- Where a run stands, from its partitions alone.
SELECT run.run_id,
       run.cancel_requested_at IS NOT NULL AS cancelled,
       run.forced_by IS NOT NULL AS forced,
       run.refused,
       count(part.partition_id) AS partitions,
       count(*) FILTER (WHERE part.status = 'completed') AS completed,
       count(*) FILTER (WHERE part.status = 'failed') AS failed,
       count(*) FILTER (WHERE part.status IN ('pending', 'running')) AS open,
       COALESCE(extract(epoch FROM now() - max(part.updated_at)), 0)::float8 AS quiet_seconds
  FROM run_metadata AS run
  LEFT JOIN partition_progress AS part USING (run_id)
 WHERE run.run_id = %(run_id)s
 GROUP BY run.run_id;

-- name: run_ledger :one
-- Everything fetched, sorted by what became of it; the catch-up is no partition of the axis.
SELECT count(*) FILTER (WHERE updated_from IS NULL)::integer AS partitions,
       COALESCE(max(fetched) FILTER (WHERE updated_from IS NULL), 0)::integer AS largest_partition,
       COALESCE(min(fetched) FILTER (WHERE updated_from IS NULL), 0)::integer AS smallest_partition,
       COALESCE(sum(pages), 0)::integer AS pages,
       COALESCE(sum(fetched), 0)::integer AS fetched,
       COALESCE(sum(new), 0)::integer AS new,
       COALESCE(sum(changed), 0)::integer AS changed,
       COALESCE(sum(unchanged), 0)::integer AS unchanged,
       COALESCE(sum(duplicate), 0)::integer AS duplicate,
       COALESCE(sum(quarantined), 0)::integer AS quarantined
  FROM partition_progress
 WHERE run_id = %(run_id)s;

-- name: enter_phase :none
-- Say what the run is doing now.
UPDATE run_metadata
   SET phase = %(phase)s,
       consolidation_started_at = CASE WHEN %(phase)s = 'consolidating'
                                       THEN COALESCE(consolidation_started_at, now())
                                       ELSE consolidation_started_at END
 WHERE run_id = %(run_id)s AND status = 'running';

-- name: add_consolidated :none
-- Add a batch to the run's books, in the batch's own transaction.
UPDATE run_metadata
   SET inserted = inserted + %(inserted)s,
       updated = updated + %(updated)s,
       resurrected = resurrected + %(resurrected)s,
       untouched = untouched + %(untouched)s,
       consolidation_completed_at = now()
 WHERE run_id = %(run_id)s;

-- name: count_active :one
-- Stones of a feed on sale or on hold.
SELECT count(*) FROM diamonds WHERE feed = %(feed)s AND status = 'active';

-- name: count_sightings :one
-- Distinct stones seen in a run.
SELECT count(*) FROM run_sightings WHERE run_id = %(run_id)s;

-- name: count_unseen :one
-- Active stones of the feed that the run did not see: what a sweep would remove. What we hold, no supplier lists.
SELECT count(*)
  FROM diamonds AS diamond
 WHERE diamond.feed = %(feed)s
   AND diamond.status = 'active'
   AND diamond.own_availability IS DISTINCT FROM 'on_hold'
   AND NOT EXISTS (SELECT FROM run_sightings AS seen
                    WHERE seen.run_id = %(run_id)s AND seen.diamond_id = diamond.id);

-- name: emptiest_band :one
-- Of the active stones in bands of equal number, by price and by price per carat: the band that lost most.
WITH active AS (
    SELECT diamond.feed_price,
           diamond.feed_price / NULLIF(diamond.carats, 0) AS per_carat,
           NOT EXISTS (SELECT FROM run_sightings AS seen
                        WHERE seen.run_id = %(run_id)s AND seen.diamond_id = diamond.id) AS unseen,
           GREATEST(1, LEAST(%(most_bands)s, count(*) OVER () / %(least_stones)s)) AS bands
      FROM diamonds AS diamond
     WHERE diamond.feed = %(feed)s AND diamond.status = 'active'
), banded AS (
    SELECT 'USD' AS unit, feed_price AS value, unseen, ntile(bands::integer) OVER (ORDER BY feed_price) AS band FROM active
    UNION ALL
    SELECT 'USD per carat', per_carat, unseen, ntile(bands::integer) OVER (ORDER BY per_carat) FROM active
)
SELECT unit,
       round(min(value), 2) AS low,
       round(max(value), 2) AS high,
       count(*)::integer AS stones,
       count(*) FILTER (WHERE unseen)::integer AS unseen
  FROM banded
 GROUP BY unit, band
 ORDER BY avg(unseen::integer) DESC, unit, band
 LIMIT 1;

-- name: sweep_unseen :one
-- Soft-delete what a complete full run proved gone, and remember it on the raw rows.
WITH removed AS (
    UPDATE diamonds AS diamond
       SET status = 'deleted', deleted_at = now(), updated_at = now()
     WHERE diamond.feed = %(feed)s
       AND diamond.status = 'active'
       AND diamond.own_availability IS DISTINCT FROM 'on_hold'
       AND NOT EXISTS (SELECT FROM run_sightings AS seen
                        WHERE seen.run_id = %(run_id)s AND seen.diamond_id = diamond.id)
    RETURNING diamond.feed, diamond.supplier_stone_id
), gone AS (
    UPDATE raw_diamonds AS raw
       SET gone_at = now()
      FROM removed
     WHERE (raw.feed, raw.supplier_stone_id) = (removed.feed, removed.supplier_stone_id)
)
SELECT count(*) FROM removed;

-- name: close_run :one
-- End an open run; the schema refuses a completed one whose books do not balance.
UPDATE run_metadata
   SET status = %(status)s,
       phase = 'closed',
       removed = %(removed)s,
       sweep = %(sweep)s,
       sweep_reason = %(sweep_reason)s,
       proof = %(proof)s::jsonb,
       doubts = %(doubts)s::jsonb,
       active_after = %(active_after)s,
       error = %(error)s,
       completed_at = now()
 WHERE run_id = %(run_id)s AND status = 'running'
RETURNING *;

-- name: record_watermark :none
-- The watermark a completed run left in the blob.
UPDATE run_metadata SET watermark_after = captured_at WHERE run_id = %(run_id)s AND status = 'completed';

-- name: drop_sightings :none
-- Sightings of settled runs of a feed: this one, and any it supersedes.
DELETE FROM run_sightings
 USING run_metadata AS run
 WHERE run_sightings.run_id = run.run_id
   AND run.feed = %(feed)s
   AND run.captured_at <= %(captured_at)s::timestamptz;

-- name: bump_dataset_version :one
-- Tell caches that a feed's catalogue changed.
INSERT INTO dataset_versions (feed)
VALUES (%(feed)s)
ON CONFLICT (feed) DO UPDATE SET version = dataset_versions.version + 1, updated_at = now()
RETURNING version;

-- name: analyze_catalogue :none
-- Let the planner know what a run made of the catalogue; autovacuum may be minutes away.
ANALYZE diamonds, diamond_prices, raw_diamonds, staged_diamonds;

-- name: approve_sweep :one
-- Carry a waiting sweep's outcome into the run's books.
UPDATE run_metadata
   SET sweep = %(sweep)s, sweep_reason = %(sweep_reason)s, removed = removed + %(removed)s, active_after = active_after - %(removed)s
 WHERE run_id = %(run_id)s AND sweep = 'waiting'
RETURNING *;

-- name: insert_density :none
-- Keep what a scan counted.
INSERT INTO price_density (scan_id, feed, scan_type, range_low, range_high, stones)
SELECT %(scan_id)s, %(feed)s, %(scan_type)s, cell.low, cell.high, cell.stones
  FROM unnest(%(lows)s::numeric[], %(highs)s::numeric[], %(stones)s::integer[]) AS cell(low, high, stones)
    ON CONFLICT DO NOTHING;

-- name: latest_density :many
-- The cells of a feed's newest scan of everything, while it is young enough.
SELECT cell.feed, cell.range_low, cell.range_high, cell.stones, cell.scanned_at
  FROM price_density AS cell
 WHERE cell.scan_id = (SELECT newest.scan_id
                         FROM price_density AS newest
                        WHERE newest.feed = %(feed)s
                          AND newest.scan_type = 'full'
                          AND newest.scanned_at > now() - make_interval(hours => %(hours)s)
                        ORDER BY newest.scanned_at DESC
                        LIMIT 1)
 ORDER BY cell.range_low;

-- name: list_scans :many
-- A feed's scans, newest first.
SELECT scan_id, scan_type, max(scanned_at) AS scanned_at, count(*) AS cells, sum(stones) AS stones
  FROM price_density
 WHERE feed = %(feed)s
 GROUP BY scan_id, scan_type
 ORDER BY 3 DESC
 LIMIT %(limit)s;

-- name: list_density :many
-- The cells of one scan, in the order of the axis.
SELECT feed, range_low, range_high, stones, scanned_at
  FROM price_density
 WHERE scan_id = %(scan_id)s
 ORDER BY range_low;

-- name: insert_nightly_turns :none
-- These feeds are due tonight, in this order; once a night.
INSERT INTO nightly_turns (feed, night, due_at)
SELECT feed, %(night)s, now() - interval '1 second' + make_interval(secs => place * 0.001)
  FROM unnest(%(feeds)s::text[]) WITH ORDINALITY AS due(feed, place)
    ON CONFLICT DO NOTHING;

-- name: list_nightly_turns :many
-- Feeds that are due and have had no run since, the longest waiting first.
SELECT turn.feed, turn.night, turn.due_at < now() - make_interval(hours => %(patience_hours)s::integer) AS late
  FROM nightly_turns AS turn
 WHERE turn.skipped_at IS NULL
   AND turn.due_at > now() - interval '3 days'
   AND NOT EXISTS (SELECT FROM run_metadata AS run
                    WHERE run.feed = turn.feed AND run.requested_by = %(by)s AND run.started_at >= turn.due_at)
 ORDER BY turn.due_at;

-- name: skip_night :one
-- Give a feed's turn up, once.
UPDATE nightly_turns SET skipped_at = now() WHERE feed = %(feed)s AND night = %(night)s AND skipped_at IS NULL RETURNING feed;

-- name: list_stale_feeds :many
-- Of these feeds, those whose last completed run, or whose first run if none ever was, is so long ago.
SELECT run.feed, COALESCE(max(run.completed_at) FILTER (WHERE run.status = 'completed'), min(run.started_at)) AS last
  FROM run_metadata AS run
 WHERE run.feed = ANY(%(feeds)s::text[])
 GROUP BY run.feed
HAVING COALESCE(max(run.completed_at) FILTER (WHERE run.status = 'completed'), min(run.started_at))
       < now() - make_interval(hours => %(hours)s::integer)
 ORDER BY run.feed;

-- name: seconds_a_page :one
-- How long a page took in a feed's last completed full run, all its partitions side by side.
SELECT (extract(epoch FROM run.consolidation_started_at - run.attempt_started_at) / sum(part.pages))::float8
  FROM run_metadata AS run
  JOIN partition_progress AS part USING (run_id)
 WHERE run.feed = %(feed)s AND run.run_type = 'full' AND run.status = 'completed'
 GROUP BY run.run_id
HAVING sum(part.pages) > 0
 ORDER BY run.started_at DESC
 LIMIT 1;
