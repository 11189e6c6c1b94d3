-- name: insert_webhook :one
-- Subscribe, unless the client has as many as it may.
INSERT INTO webhooks (client_id, url, events, secret)
SELECT %(client_id)s, %(url)s, %(events)s::text[], %(secret)s
 WHERE (SELECT count(*) FROM webhooks WHERE client_id = %(client_id)s) < %(most)s::integer
RETURNING *;

-- name: find_webhook :one
-- One of a client's.
SELECT * FROM webhooks WHERE id = %(id)s AND client_id = %(client_id)s;

-- name: list_webhooks :many
-- A client's, oldest first.
SELECT * FROM webhooks WHERE client_id = %(client_id)s ORDER BY created_at, id;

-- name: update_webhook :one
-- Another address or other events; whoever changes something means it to be delivered again.
UPDATE webhooks
   SET url = COALESCE(%(url)s, url),
       events = COALESCE(%(events)s::text[], events),
       disabled_at = CASE WHEN %(enabled)s::boolean THEN NULL WHEN NOT %(enabled)s::boolean THEN now() ELSE disabled_at END,
       disabled_because = CASE WHEN %(enabled)s::boolean THEN NULL WHEN NOT %(enabled)s::boolean THEN 'by its owner'
                               ELSE disabled_because END
 WHERE id = %(id)s AND client_id = %(client_id)s
RETURNING *;

-- name: rotate_secret :one
-- A new secret; the old one signs besides for a while.
UPDATE webhooks
   SET old_secret = secret, old_secret_until = now() + make_interval(hours => %(hours)s::integer), secret = %(secret)s
 WHERE id = %(id)s AND client_id = %(client_id)s
RETURNING *;

-- name: delete_webhook :one
-- Unsubscribe; what waits for it goes with it.
DELETE FROM webhooks WHERE id = %(id)s AND client_id = %(client_id)s RETURNING *;

-- name: put_deliveries :none
-- A message to everybody who is subscribed to the event, or to one of them, once per event.
INSERT INTO outbox (destination, category, incident_key, payload, webhook_id)
SELECT 'webhook', %(event)s, %(key)s || ':' || id, %(payload)s::jsonb, id
  FROM webhooks
 WHERE disabled_at IS NULL
   AND CASE WHEN %(only)s::uuid IS NULL THEN %(event)s = ANY(events) ELSE id = %(only)s END
   AND (%(client_id)s::uuid IS NULL OR client_id = %(client_id)s)
    ON CONFLICT ON CONSTRAINT outbox_once_per_incident DO NOTHING;

-- name: somebody_listens :one
-- Whether any webhook wants the event.
SELECT EXISTS (SELECT FROM webhooks WHERE disabled_at IS NULL AND %(event)s = ANY(events));

-- name: get_target :one
-- Where a delivery goes and what it is signed with; nothing when it is disabled.
SELECT id, url, secret, CASE WHEN old_secret_until > now() THEN old_secret END AS old_secret
  FROM webhooks
 WHERE id = %(id)s AND disabled_at IS NULL;

-- name: note_attempt :none
-- How one attempt went.
INSERT INTO webhook_attempts (outbox_id, status, error, duration_ms)
SELECT id, %(status)s, %(error)s, %(duration_ms)s FROM outbox WHERE id = %(outbox_id)s;

-- name: put_off_deliveries :none
-- What else waits for a receiver that is in trouble waits as long.
UPDATE outbox
   SET next_attempt_at = now() + make_interval(secs => %(seconds)s::float8)
 WHERE webhook_id = %(webhook_id)s AND sent_at IS NULL AND given_up_at IS NULL
   AND next_attempt_at < now() + make_interval(secs => %(seconds)s::float8);

-- name: disable_webhook :none
-- The receiver is gone: deliver nothing more.
UPDATE webhooks
   SET disabled_at = now(), disabled_because = %(because)s
 WHERE id = %(id)s AND disabled_at IS NULL;

-- name: give_up_deliveries :none
-- Nothing waits for a disabled webhook.
UPDATE outbox
   SET given_up_at = now(), last_error = %(because)s
 WHERE webhook_id = %(id)s AND sent_at IS NULL AND given_up_at IS NULL;

-- name: list_deliveries :many
-- A webhook's, newest first, from just before the cursor, each with its attempts.
SELECT message.id, message.category AS event, message.payload ->> 'id' AS message_id, message.created_at, message.sent_at,
       message.given_up_at, message.next_attempt_at, message.last_error,
       COALESCE((SELECT jsonb_agg(jsonb_build_object(
                            'at', attempt.at, 'status', attempt.status, 'error', attempt.error,
                            'duration_ms', attempt.duration_ms) ORDER BY attempt.id)
                   FROM webhook_attempts AS attempt WHERE attempt.outbox_id = message.id), '[]') AS attempts
  FROM outbox AS message
 WHERE message.webhook_id = %(webhook_id)s
   AND (%(before)s::bigint IS NULL OR message.id < %(before)s)
 ORDER BY message.id DESC
 LIMIT %(limit)s;

-- name: replay_deliveries :many
-- Deliver again: those named, or whatever was given up since a moment.
UPDATE outbox
   SET sent_at = NULL, given_up_at = NULL, last_error = NULL, attempts = 0, next_attempt_at = now()
 WHERE webhook_id = %(webhook_id)s
   AND (sent_at IS NOT NULL OR given_up_at IS NOT NULL)
   AND CASE WHEN %(ids)s::bigint[] IS NULL THEN given_up_at >= %(since)s ELSE id = ANY(%(ids)s::bigint[]) END
RETURNING id;

-- name: take_feed_place :one
-- Up to where changes were told, held until the end of the transaction; nothing while somebody else tells.
SELECT place FROM webhook_feed FOR UPDATE SKIP LOCKED;

-- name: begin_feed :none
-- Tell changes from here on.
INSERT INTO webhook_feed (place) VALUES (%(place)s) ON CONFLICT DO NOTHING;

-- name: move_feed :none
-- Told up to here.
UPDATE webhook_feed SET place = %(place)s;
