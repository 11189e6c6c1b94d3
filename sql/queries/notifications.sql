-- name: put_messages :none
-- One message for each destination; an incident that was told already stays as it is.
INSERT INTO outbox (destination, category, incident_key, feed, payload, next_attempt_at)
SELECT destination, %(category)s, %(incident_key)s, %(feed)s, %(payload)s::jsonb,
       now() + make_interval(secs => %(wait_seconds)s::float8)
  FROM unnest(%(destinations)s::text[]) AS destination
ON CONFLICT ON CONSTRAINT outbox_once_per_incident DO NOTHING;

-- name: open_trouble :one
-- Whether bad news of a feed was told, and nothing good since.
SELECT EXISTS (
    SELECT FROM outbox
     WHERE feed = %(feed)s AND category = ANY(%(bad)s::text[])
       AND id > COALESCE((SELECT max(id) FROM outbox WHERE feed = %(feed)s AND category = ANY(%(good)s::text[])), 0)
);

-- name: claim_message :one
-- Take the oldest message that is due; if its sender dies, it is due again after the lease.
WITH due AS (
    SELECT id
      FROM outbox
     WHERE sent_at IS NULL AND given_up_at IS NULL
       AND next_attempt_at <= now()
       AND destination = ANY(%(destinations)s::text[])
     ORDER BY id
     LIMIT 1
       FOR UPDATE SKIP LOCKED
)
UPDATE outbox
   SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => %(lease_seconds)s::float8)
  FROM due
 WHERE outbox.id = due.id
RETURNING outbox.*;

-- name: mark_sent :none
-- It arrived.
UPDATE outbox
   SET sent_at = now(), last_error = NULL
 WHERE id = %(id)s AND attempts = %(attempts)s AND sent_at IS NULL AND given_up_at IS NULL;

-- name: mark_failed :none
-- It did not arrive: when to try again, or that nobody will.
UPDATE outbox
   SET last_error = %(error)s,
       next_attempt_at = now() + make_interval(secs => %(wait_seconds)s::float8),
       given_up_at = CASE WHEN %(final)s::boolean THEN now() END
 WHERE id = %(id)s AND attempts = %(attempts)s AND sent_at IS NULL AND given_up_at IS NULL;

-- name: list_messages :many
-- Newest first, from just before the cursor; announcements on queues and webhooks only when asked for.
SELECT *
  FROM outbox
 WHERE CASE WHEN %(destination)s::text IS NULL THEN destination NOT IN ('bus', 'webhook') ELSE destination = %(destination)s END
   AND (%(status)s::text IS NULL
        OR %(status)s = CASE WHEN sent_at IS NOT NULL THEN 'sent' WHEN given_up_at IS NOT NULL THEN 'given_up'
                             WHEN last_error IS NOT NULL THEN 'retrying' ELSE 'waiting' END)
   AND (%(before)s::bigint IS NULL OR id < %(before)s)
 ORDER BY id DESC
 LIMIT %(limit)s;

-- name: prune_messages :none
-- Forget what was settled long ago.
DELETE FROM outbox WHERE COALESCE(sent_at, given_up_at) < now() - make_interval(days => %(days)s::integer);

-- name: record_error :none
-- Count an error, and keep its latest words.
INSERT INTO error_logs (service, fingerprint, message, context)
VALUES (%(service)s, %(fingerprint)s, %(message)s, %(context)s::jsonb)
ON CONFLICT (service, fingerprint) DO UPDATE
   SET count = error_logs.count + 1, last_seen = now(), message = excluded.message, context = excluded.context;

-- name: list_errors :many
-- The latest first, from just before the cursor.
SELECT *
  FROM error_logs
 WHERE (%(service)s::text IS NULL OR service = %(service)s)
   AND (%(before_last_seen)s::timestamptz IS NULL
        OR (last_seen, fingerprint) < (%(before_last_seen)s::timestamptz, %(before_fingerprint)s::text))
 ORDER BY last_seen DESC, fingerprint DESC
 LIMIT %(limit)s;

-- name: bury_message :none
-- Keep a message that cannot be used; one that is delivered again is buried once.
INSERT INTO dead_letters (queue, message_id, body, reason, deliveries)
VALUES (%(queue)s, %(message_id)s, %(body)s, %(reason)s, %(deliveries)s)
ON CONFLICT (queue, message_id) WHERE requeued_at IS NULL DO NOTHING;

-- name: list_dead_letters :many
-- What lies in a queue's dead letters, oldest first, from just after the cursor.
SELECT *
  FROM dead_letters
 WHERE queue = %(queue)s AND requeued_at IS NULL AND (%(after)s::bigint IS NULL OR id > %(after)s)
 ORDER BY id
 LIMIT %(limit)s;

-- name: take_dead_letters :many
-- Mark messages as put back: all of a queue, or those named.
UPDATE dead_letters
   SET requeued_at = now(), requeued_by = %(requeued_by)s
 WHERE queue = %(queue)s AND requeued_at IS NULL AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s::bigint[]))
RETURNING *;
