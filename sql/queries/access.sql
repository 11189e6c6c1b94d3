-- name: insert_api_key :one
-- Keep a new key's hash; the clear key is shown once and never stored.
INSERT INTO api_keys (key_hash, prefix, client_name, permissions, expires_at)
VALUES (%(key_hash)s, %(prefix)s, %(client_name)s, %(permissions)s::text[], %(expires_at)s::timestamptz)
RETURNING id, client_id, prefix, client_name, permissions, active, created_at, last_used_at, expires_at;

-- name: find_api_key :one
-- The key a caller presented, while it is active and not expired.
SELECT id, client_id, prefix, client_name, permissions, active, created_at, last_used_at, expires_at
  FROM api_keys
 WHERE key_hash = %(key_hash)s
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
SELECT id, client_id, prefix, client_name, permissions, active, created_at, last_used_at, expires_at
  FROM api_keys
 ORDER BY created_at DESC, id;

-- name: revoke_api_key :one
-- Switch a key off for good.
UPDATE api_keys
   SET active = false
 WHERE id = %(id)s
RETURNING id, client_id, prefix, client_name, permissions, active, created_at, last_used_at, expires_at;
