-- Signing callers, rotation, budgets, lock-outs, and who wrote or was refused.

ALTER TABLE api_keys
    ALTER COLUMN key_hash DROP NOT NULL,
    -- A key is shown with each request; a signature proves a secret that is never sent.
    ADD COLUMN kind text NOT NULL DEFAULT 'key' CONSTRAINT kind_known CHECK (kind IN ('key', 'signature')),
    -- Whose prices the caller sees; null: the public ones.
    ADD COLUMN price_list text,
    -- Null: as the settings say.
    ADD COLUMN reads_per_minute integer CONSTRAINT reads_positive CHECK (reads_per_minute > 0),
    ADD COLUMN writes_per_minute integer CONSTRAINT writes_positive CHECK (writes_per_minute > 0),
    ADD COLUMN revoked_at timestamptz,
    -- The key that takes this one's place; both work until this one expires.
    ADD COLUMN rotated_to uuid REFERENCES api_keys (id),
    ADD CONSTRAINT only_keys_are_hashed CHECK ((kind = 'key') = (key_hash IS NOT NULL));

-- What a signature was made for, so that nobody sends it twice.
CREATE TABLE request_nonces (
    key_id     uuid NOT NULL,
    nonce      text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (key_id, nonce)
);
-- forget_nonces: those whose signature is too old anyway.
CREATE INDEX request_nonces_by_end ON request_nonces (expires_at);
ALTER TABLE request_nonces ENABLE ROW LEVEL SECURITY;

CREATE TABLE caller_failures (
    address      text PRIMARY KEY,
    failures     integer NOT NULL,
    began_at     timestamptz NOT NULL,
    locked_until timestamptz NOT NULL DEFAULT 'epoch'
);
ALTER TABLE caller_failures ENABLE ROW LEVEL SECURITY;

-- How much each client may still ask; instances take several requests' worth at once.
CREATE TABLE request_budgets (
    client_id uuid NOT NULL,
    budget    text NOT NULL,
    tokens    double precision NOT NULL,
    filled_at timestamptz NOT NULL,
    -- What the last taker got.
    granted   integer NOT NULL,
    PRIMARY KEY (client_id, budget)
);
ALTER TABLE request_budgets ENABLE ROW LEVEL SECURITY;

CREATE TABLE audit_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    client_id   uuid,
    client_name text,
    address     text,
    operation   text NOT NULL,
    method      text NOT NULL,
    path        text NOT NULL,
    status      integer NOT NULL,
    -- Of a refusal.
    code        text,
    trace_id    text NOT NULL
);
-- list_audit: one client's, the latest first.
CREATE INDEX audit_log_by_client ON audit_log (client_id, id);
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION refuse_rewriting_history() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '400 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit_log is only ever added to';
END
$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_history();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
