-- Ingest runs, their partitions, and the ledger that proves nothing was lost.

CREATE TABLE run_metadata (
    run_id                     uuid PRIMARY KEY,
    feed                       text NOT NULL,
    -- Feeds of one provider share its limits, so they never run at once.
    provider                   text NOT NULL,
    run_type                   text NOT NULL CONSTRAINT run_type_known CHECK (run_type IN ('full', 'incremental')),
    status                     text NOT NULL DEFAULT 'running'
        CONSTRAINT run_status_known CHECK (status IN ('running', 'completed', 'partial', 'failed', 'cancelled')),
    phase                      text NOT NULL DEFAULT 'counting'
        CONSTRAINT run_phase_known CHECK (phase IN ('counting', 'fetching', 'consolidating', 'closing', 'closed')),
    -- Grows with every retry; part of the orchestration's instance id.
    attempt                    integer NOT NULL DEFAULT 1,
    cancel_requested_at        timestamptz,
    requested_by               text NOT NULL,
    -- The watermark this run started from, and the instant it read from (earlier by the overlap).
    watermark_before           timestamptz,
    read_from                  timestamptz,
    -- Taken before the first count; becomes the watermark when the run completes.
    captured_at                timestamptz NOT NULL,
    watermark_after            timestamptz,
    expected                   integer,
    count_calls                integer NOT NULL DEFAULT 0,
    active_before              integer NOT NULL,
    active_after               integer,
    inserted                   integer NOT NULL DEFAULT 0,
    updated                    integer NOT NULL DEFAULT 0,
    resurrected                integer NOT NULL DEFAULT 0,
    untouched                  integer NOT NULL DEFAULT 0,
    removed                    integer NOT NULL DEFAULT 0,
    sweep                      text NOT NULL DEFAULT 'not_due'
        CONSTRAINT sweep_known CHECK (sweep IN ('not_due', 'done', 'refused', 'waiting')),
    sweep_reason               text,
    -- What the sweep decision was based on.
    proof                      jsonb NOT NULL DEFAULT '{}',
    error                      text,
    started_at                 timestamptz NOT NULL DEFAULT now(),
    attempt_started_at         timestamptz NOT NULL DEFAULT now(),
    consolidation_started_at   timestamptz,
    consolidation_completed_at timestamptz,
    completed_at               timestamptz,
    -- The database refuses to complete a run whose books do not balance.
    CONSTRAINT completed_runs_balance CHECK (
        status <> 'completed' OR active_before + inserted + resurrected - removed = active_after),
    CONSTRAINT closed_runs_say_when CHECK ((status = 'running') = (completed_at IS NULL)),
    CONSTRAINT only_completed_runs_move_the_watermark CHECK (watermark_after IS NULL OR status = 'completed')
);

CREATE UNIQUE INDEX run_metadata_one_open_per_provider ON run_metadata (provider) WHERE status = 'running';
-- list_runs: newest first, all feeds or one.
CREATE INDEX run_metadata_by_start ON run_metadata (started_at DESC, run_id DESC);
CREATE INDEX run_metadata_by_feed ON run_metadata (feed, started_at DESC, run_id DESC);

-- The only truth about how far a run is.
CREATE TABLE partition_progress (
    run_id       uuid NOT NULL REFERENCES run_metadata ON DELETE CASCADE,
    partition_id text NOT NULL,
    -- Of the feed's price axis: from low (inclusive) to high; null is open-ended. Neighbours share the boundary.
    range_low    numeric(12,2) NOT NULL,
    range_high   numeric(12,2),
    expected     integer NOT NULL,
    next_offset  integer NOT NULL DEFAULT 0,
    status       text NOT NULL DEFAULT 'pending'
        CONSTRAINT partition_status_known CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    completed    boolean NOT NULL GENERATED ALWAYS AS (status = 'completed') STORED,
    failed       boolean NOT NULL GENERATED ALWAYS AS (status = 'failed') STORED,
    attempt      integer NOT NULL DEFAULT 0,
    error        text,
    pages        integer NOT NULL DEFAULT 0,
    fetched      integer NOT NULL DEFAULT 0,
    new          integer NOT NULL DEFAULT 0,
    changed      integer NOT NULL DEFAULT 0,
    unchanged    integer NOT NULL DEFAULT 0,
    duplicate    integer NOT NULL DEFAULT 0,
    quarantined  integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, partition_id),
    CONSTRAINT every_fetched_stone_is_accounted_for CHECK (
        fetched = new + changed + unchanged + duplicate + quarantined),
    CONSTRAINT range_not_empty CHECK (range_high IS NULL OR range_high > range_low)
);

-- One row per attempt at a partition; earlier attempts stay visible.
CREATE TABLE worker_runs (
    run_id            uuid NOT NULL,
    partition_id      text NOT NULL,
    attempt           integer NOT NULL,
    status            text NOT NULL DEFAULT 'running'
        CONSTRAINT worker_run_status_known CHECK (status IN ('running', 'completed', 'failed')),
    records_processed integer NOT NULL DEFAULT 0,
    error_message     text,
    started_at        timestamptz NOT NULL DEFAULT now(),
    completed_at      timestamptz,
    PRIMARY KEY (run_id, partition_id, attempt),
    FOREIGN KEY (run_id, partition_id) REFERENCES partition_progress ON DELETE CASCADE
);

-- "Seen in this run": decides duplicates and proves a sweep; dropped when the run is settled.
CREATE TABLE run_sightings (
    run_id     uuid NOT NULL,
    diamond_id uuid NOT NULL,
    PRIMARY KEY (run_id, diamond_id)
);
