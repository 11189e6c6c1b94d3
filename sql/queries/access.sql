-- name: insert_api_key :one
-- Keep a new key's hash, not the key; a client is who bears its name, however many keys it has.
INSERT INTO api_keys (id, client_id, kind, key_hash, prefix, client_name, permissions, price_list,
                      reads_per_minute, writes_per_minute, expires_at)
VALUES (%(id)s::uuid,
        COALESCE((SELECT client_id FROM api_keys WHERE client_name = %(client_name)s ORDER BY created_at, id LIMIT 1),
                 gen_random_uuid()),
        %(kind)s, %(key_hash)s, %(prefix)s, %(client_name)s, %(permissions)s::text[],
        %(price_list)s, %(reads_per_minute)s::int, %(writes_per_minute)s::int, %(expires_at)s::timestamptz)
RETURNING id, client_id, kind, prefix, client_name, permissions, price_list, reads_per_minute, writes_per_minute,
          active, created_at, last_used_at, expires_at, revoked_at, rotated_to;

-- name: find_api_key :one
-- The key a caller presented, while it is active and not expired.
SELECT id, client_id, kind, prefix, client_name, permissions, price_list, reads_per_minute, writes_per_minute,
       active, created_at, last_used_at, expires_at, revoked_at, rotated_to
  FROM api_keys
 WHERE key_hash = %(key_hash)s
   AND active
   AND (expires_at IS NULL OR expires_at > now());

-- name: find_signing_key :one
-- The caller who says to have signed, while it is active and not expired.
SELECT id, client_id, kind, prefix, client_name, permissions, price_list, reads_per_minute, writes_per_minute,
       active, created_at, last_used_at, expires_at, revoked_at, rotated_to
  FROM api_keys
 WHERE id = %(id)s::uuid
   AND kind = 'signature'
   AND active
   AND (expires_at IS NULL OR expires_at > now());

-- name: touch_api_key :none
-- Remember the use, at most once a minute.
UPDATE api_keys
   SET last_used_at = now()
 WHERE id = %(id)s
   AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');

-- name: list_api_keys :many
-- All keys, newest first.
SELECT id, client_id, kind, prefix, client_name, permissions, price_list, reads_per_minute, writes_per_minute,
       active, created_at, last_used_at, expires_at, revoked_at, rotated_to
  FROM api_keys
 ORDER BY created_at DESC, id;

-- name: lock_api_key :one
-- A key that still works, for its rotation.
SELECT id, client_id, kind, prefix, client_name, permissions, price_list, reads_per_minute, writes_per_minute,
       active, created_at, last_used_at, expires_at, revoked_at, rotated_to
  FROM api_keys
 WHERE id = %(id)s::uuid
   AND active
   AND (expires_at IS NULL OR expires_at > now())
   FOR UPDATE;

-- name: let_api_key_end :one
-- A key whose successor is there works for a while longer.
UPDATE api_keys
   SET rotated_to = %(rotated_to)s::uuid,
       expires_at = LEAST(expires_at, now() + make_interval(secs => %(overlap_seconds)s::float8))
 WHERE id = %(id)s::uuid
RETURNING id, client_id, kind, prefix, client_name, permissions, price_list, reads_per_minute, writes_per_minute,
          active, created_at, last_used_at, expires_at, revoked_at, rotated_to;

-- name: revoke_api_key :one
-- Switch a key off for good.
UPDATE api_keys
   SET active = false,
       revoked_at = COALESCE(revoked_at, now())
 WHERE id = %(id)s
RETURNING id, client_id, kind, prefix, client_name, permissions, price_list, reads_per_minute, writes_per_minute,
          active, created_at, last_used_at, expires_at, revoked_at, rotated_to;

-- name: use_nonce :one
-- Remember what was signed; no row if it was seen before.
INSERT INTO request_nonces (key_id, nonce, expires_at)
VALUES (%(key_id)s::uuid, %(nonce)s, now() + make_interval(secs => %(seconds)s::float8))
ON CONFLICT (key_id, nonce) DO NOTHING
RETURNING nonce;

-- name: forget_nonces :none
-- Those whose signature is too old to be accepted anyway.
DELETE FROM request_nonces
 WHERE expires_at < now();

-- name: locked_for :one
-- For how many seconds an address is locked out.
SELECT ceil(extract(epoch FROM locked_until - now()))::int AS seconds
  FROM caller_failures
 WHERE address = %(address)s
   AND locked_until > now();

-- name: count_failure :none
-- One more failure of an address within the window; too many lock it out.
INSERT INTO caller_failures AS known (address, failures, began_at)
VALUES (%(address)s, 1, now())
    ON CONFLICT (address) DO UPDATE
   SET failures = CASE WHEN known.began_at > now() - make_interval(secs => %(window_seconds)s::float8)
                       THEN known.failures + 1 ELSE 1 END,
       began_at = CASE WHEN known.began_at > now() - make_interval(secs => %(window_seconds)s::float8)
                       THEN known.began_at ELSE now() END,
       locked_until = CASE WHEN known.began_at > now() - make_interval(secs => %(window_seconds)s::float8)
                            AND known.failures + 1 >= %(most)s::int
                           THEN now() + make_interval(secs => %(lock_seconds)s::float8)
                           ELSE known.locked_until END;

-- name: forget_failures :none
-- Addresses that have long been quiet.
DELETE FROM caller_failures
 WHERE began_at < now() - interval '1 day'
   AND locked_until < now();

-- name: take_budget :one
-- Take up to so many requests' worth of a client's budget; what flowed back since is counted first.
INSERT INTO request_budgets AS left_over (client_id, budget, tokens, filled_at, granted)
VALUES (%(client_id)s::uuid, %(budget)s, %(capacity)s::float8 - %(wanted)s::int, clock_timestamp(), %(wanted)s::int)
    ON CONFLICT (client_id, budget) DO UPDATE
   SET granted = LEAST(%(wanted)s::int, floor(LEAST(%(capacity)s::float8, left_over.tokens
           + GREATEST(0, extract(epoch FROM clock_timestamp() - left_over.filled_at)::float8) * %(per_second)s::float8)))::int,
       tokens = LEAST(%(capacity)s::float8, left_over.tokens
           + GREATEST(0, extract(epoch FROM clock_timestamp() - left_over.filled_at)::float8) * %(per_second)s::float8)
           - LEAST(%(wanted)s::int, floor(LEAST(%(capacity)s::float8, left_over.tokens
           + GREATEST(0, extract(epoch FROM clock_timestamp() - left_over.filled_at)::float8) * %(per_second)s::float8))),
       filled_at = GREATEST(left_over.filled_at, clock_timestamp())
RETURNING granted, tokens;

-- name: insert_audit :none
-- Add what somebody wrote or was refused.
INSERT INTO audit_log (client_id, client_name, address, operation, method, path, status, code, trace_id)
VALUES (%(client_id)s::uuid, %(client_name)s, %(address)s, %(operation)s, %(method)s, %(path)s, %(status)s, %(code)s,
        %(trace_id)s);

-- name: list_audit :many
-- The latest first, from just before the cursor.
SELECT id, at, client_id, client_name, address, operation, method, path, status, code, trace_id
  FROM audit_log
 WHERE (%(client_id)s::uuid IS NULL OR client_id = %(client_id)s::uuid)
   AND (%(operation)s::text IS NULL OR operation = %(operation)s)
   AND (%(refused)s::boolean IS NULL OR (code IS NOT NULL) = %(refused)s::boolean)
   AND (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
 ORDER BY id DESC
 LIMIT %(limit)s::int;
