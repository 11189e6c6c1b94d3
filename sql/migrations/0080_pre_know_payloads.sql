-- Every place in a feed's payloads with the JSON type that stood there, and which of them came unannounced.

CREATE TABLE payload_fields (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed            text NOT NULL,
    path            text NOT NULL,
    type            text NOT NULL
        CONSTRAINT payload_type_known CHECK (type IN ('object', 'array', 'string', 'number', 'boolean', 'null')),
    -- Kept longer than the run itself.
    first_run_id    uuid NOT NULL,
    first_seen_at   timestamptz NOT NULL DEFAULT now(),
    -- Short, and nothing of a person.
    sample          text NOT NULL CONSTRAINT payload_sample_short CHECK (length(sample) <= 100),
    -- Null: part of the baseline, or of another row's drift.
    drift           text CONSTRAINT payload_drift_known CHECK (drift IN ('new_field', 'type_changed')),
    types_before    text[] NOT NULL DEFAULT '{}',
    -- What was done about a changed type when it came.
    policy          text CONSTRAINT payload_policy_known CHECK (policy IN ('warn', 'quarantine', 'fail')),
    acknowledged_at timestamptz,
    acknowledged_by text,
    CONSTRAINT payload_fields_once UNIQUE (feed, path, type),
    CONSTRAINT payload_drift_has_policy CHECK ((drift IS NULL) = (policy IS NULL)),
    CONSTRAINT payload_acknowledged_by_somebody CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);
ALTER TABLE payload_fields ENABLE ROW LEVEL SECURITY;

-- A new field is news once, whichever type arrives first.
CREATE UNIQUE INDEX payload_fields_new_once ON payload_fields (feed, path) WHERE drift = 'new_field';
-- For the list of what drifted, and for a run's page.
CREATE INDEX payload_fields_drifted ON payload_fields (id) WHERE drift IS NOT NULL;
CREATE INDEX payload_fields_of_run ON payload_fields (first_run_id) WHERE drift IS NOT NULL;
