-- name: try_lock_key :one
-- Whether nobody else is deciding about this key right now; held until the transaction ends.
SELECT pg_try_advisory_xact_lock(hashtextextended('idempotency ' || %(client_id)s::uuid || ' ' || %(key)s, 0)) AS locked;

-- name: claim_key :one
-- Take a key that is new, that expired, or whose holder died at the same request.
INSERT INTO idempotency_keys AS held (client_id, key, fingerprint, claim_id, claimed_until, expires_at)
VALUES (%(client_id)s::uuid, %(key)s, %(fingerprint)s, %(claim_id)s::uuid,
        clock_timestamp() + make_interval(secs => %(lease_seconds)s::float8),
        clock_timestamp() + make_interval(hours => %(hours)s::int))
    ON CONFLICT (client_id, key) DO UPDATE
   SET fingerprint = excluded.fingerprint,
       claim_id = excluded.claim_id,
       claimed_until = excluded.claimed_until,
       status = NULL,
       content_type = NULL,
       body = NULL,
       created_at = now(),
       expires_at = excluded.expires_at
 WHERE held.expires_at < clock_timestamp()
    OR (held.status IS NULL
        AND held.claimed_until < clock_timestamp()
        AND held.fingerprint = excluded.fingerprint)
RETURNING claim_id;

-- name: find_key :one
-- What is known of a key.
SELECT fingerprint, status, content_type, body
  FROM idempotency_keys
 WHERE client_id = %(client_id)s::uuid
   AND key = %(key)s;

-- name: keep_answer :none
-- Remember the answer, unless somebody else took the claim over.
UPDATE idempotency_keys
   SET status = %(status)s,
       content_type = %(content_type)s,
       body = %(body)s
 WHERE client_id = %(client_id)s::uuid
   AND key = %(key)s
   AND claim_id = %(claim_id)s::uuid;

-- name: release_key :none
-- Let a key be used again, because nothing came of it.
DELETE FROM idempotency_keys
 WHERE client_id = %(client_id)s::uuid
   AND key = %(key)s
   AND claim_id = %(claim_id)s::uuid
   AND status IS NULL;

-- name: forget_keys :none
-- Drop what nobody can repeat any more.
DELETE FROM idempotency_keys
 WHERE expires_at < now();
