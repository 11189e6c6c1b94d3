-- What suppliers said of a stone before what they say now: the last few payloads, with the run that brought each.

CREATE TABLE raw_versions (
    -- In the order in which payloads of a stone were replaced.
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed              text NOT NULL,
    supplier_stone_id text NOT NULL,
    run_id            uuid NOT NULL,
    payload           json NOT NULL,
    payload_hash      bytea NOT NULL,
    source_updated_at timestamptz,
    told_at           timestamptz NOT NULL,
    replaced_at       timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE raw_versions ENABLE ROW LEVEL SECURITY;

-- keep_versions, list_payloads: of a stone, the newest first.
CREATE INDEX raw_versions_by_stone ON raw_versions (feed, supplier_stone_id, id);
