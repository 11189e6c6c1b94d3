-- Who may call: API keys, stored as SHA-256, shown once.

CREATE TABLE api_keys (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Hex SHA-256 of the clear key, which is random enough to need no salt.
    key_hash     text NOT NULL CONSTRAINT api_keys_one_per_hash UNIQUE,
    -- The first characters, to recognise a key by.
    prefix       text NOT NULL,
    client_name  text NOT NULL CONSTRAINT client_name_not_blank CHECK (btrim(client_name) <> ''),
    permissions  text[] NOT NULL DEFAULT '{}',
    active       boolean NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    expires_at   timestamptz
);
