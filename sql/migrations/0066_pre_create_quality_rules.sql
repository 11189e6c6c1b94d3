-- What must be true of a mapped stone, and what happens when it is not: warn, quarantine, or fail the run.

CREATE TABLE quality_rules (
    id         uuid PRIMARY KEY,
    -- Null: of every feed.
    feed       text,
    -- A field of the mapped stone, and what must be true of it wherever it is known.
    field      text NOT NULL,
    comparison text NOT NULL
        CONSTRAINT quality_comparison_known CHECK (comparison IN ('>', '>=', '<', '<=', '=', '!=', 'in', 'not in', 'known')),
    value      json NOT NULL,
    effect     text NOT NULL CONSTRAINT quality_effect_known CHECK (effect IN ('warn', 'quarantine', 'fail')),
    note       text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE quality_rules ENABLE ROW LEVEL SECURITY;

-- Who changed which rule; only ever added to.
CREATE TABLE quality_rule_changes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_id     uuid NOT NULL,
    action      text NOT NULL CONSTRAINT quality_action_known CHECK (action IN ('added', 'changed', 'removed')),
    actor       text NOT NULL,
    -- The rule as it was, and as it is.
    before      jsonb,
    after       jsonb,
    happened_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE quality_rule_changes ENABLE ROW LEVEL SECURITY;

-- The rules a run began with: it keeps them to its end.
CREATE TABLE run_quality_rules (
    run_id     uuid NOT NULL REFERENCES run_metadata ON DELETE CASCADE,
    rule_id    uuid NOT NULL,
    field      text NOT NULL,
    comparison text NOT NULL,
    value      json NOT NULL,
    effect     text NOT NULL,
    PRIMARY KEY (run_id, rule_id)
);
ALTER TABLE run_quality_rules ENABLE ROW LEVEL SECURITY;

-- Listings that a rule caught; per partition, so that workers never wait for each other.
CREATE TABLE quality_hits (
    run_id       uuid NOT NULL,
    rule_id      uuid NOT NULL,
    partition_id text NOT NULL,
    listings     integer NOT NULL,
    -- A supplier's id of one of the stones.
    example      text NOT NULL,
    PRIMARY KEY (run_id, rule_id, partition_id),
    FOREIGN KEY (run_id, rule_id) REFERENCES run_quality_rules ON DELETE CASCADE
);
ALTER TABLE quality_hits ENABLE ROW LEVEL SECURITY;

-- Why a rule stopped the run; nothing of such a run is published.
ALTER TABLE run_metadata ADD COLUMN refused text;
