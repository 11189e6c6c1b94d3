-- A write that is sent twice happens once: who asked, for what, and what was answered.

-- Keys of one client, e.g. the old and the new one of a rotation, share what belongs to the client.
ALTER TABLE api_keys ADD COLUMN client_id uuid NOT NULL DEFAULT gen_random_uuid();

CREATE TABLE idempotency_keys (
    client_id     uuid NOT NULL,
    key           text NOT NULL CONSTRAINT key_fits_a_header CHECK (length(key) BETWEEN 1 AND 255),
    -- SHA-256 of the operation, its path, query and body: another one under the same key is refused.
    fingerprint   text NOT NULL,
    -- Who is at it; after this moment they count as dead.
    claim_id      uuid NOT NULL,
    claimed_until timestamptz NOT NULL,
    status        integer,
    content_type  text,
    body          bytea,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (client_id, key),
    CONSTRAINT answered_whole CHECK (num_nulls(status, content_type, body) IN (0, 3))
);
-- forget_idempotency_keys: what expired.
CREATE INDEX idempotency_keys_by_end ON idempotency_keys (expires_at);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
