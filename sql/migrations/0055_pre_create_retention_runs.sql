-- What the housekeeping meant to remove and what it removed: the plan is written before anything goes.

CREATE TABLE retention_runs (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at   timestamptz NOT NULL DEFAULT now(),
    -- By category: how many rows are past their time, and before when.
    plan         jsonb NOT NULL,
    removed      jsonb NOT NULL DEFAULT '{}',
    completed_at timestamptz,
    requested_by text NOT NULL
);
ALTER TABLE retention_runs ENABLE ROW LEVEL SECURITY;

-- Which stones are past their time.
CREATE INDEX diamonds_deleted ON diamonds (deleted_at) WHERE status = 'deleted';
