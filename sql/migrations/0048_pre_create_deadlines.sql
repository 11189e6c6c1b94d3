-- What has to happen by when, and whether the books agree.

CREATE TABLE deadlines (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind           text NOT NULL,
    subject        text NOT NULL,
    due_at         timestamptz NOT NULL,
    -- People are told from then on, once.
    escalate_at    timestamptz NOT NULL,
    -- What happens by itself if nobody does anything.
    default_action text NOT NULL,
    escalated_at   timestamptz,
    met_at         timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT people_hear_before_it_is_due CHECK (escalate_at <= due_at)
);
CREATE UNIQUE INDEX deadlines_one_open_per_subject ON deadlines (kind, subject) WHERE met_at IS NULL;
-- claim_escalations.
CREATE INDEX deadlines_by_escalation ON deadlines (escalate_at) WHERE met_at IS NULL AND escalated_at IS NULL;
ALTER TABLE deadlines ENABLE ROW LEVEL SECURITY;

CREATE TABLE reconciliations (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ran_at     timestamptz NOT NULL DEFAULT now(),
    since      timestamptz NOT NULL,
    purchases  integer NOT NULL,
    mismatches jsonb NOT NULL,
    -- Purchases whose partners did not answer.
    unchecked  integer NOT NULL
);
ALTER TABLE reconciliations ENABLE ROW LEVEL SECURITY;
