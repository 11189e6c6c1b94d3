-- Jobs that apply changed rules to the catalogue, and previews that activation is bound to.

CREATE TABLE reapply_jobs (
    id                    uuid PRIMARY KEY,
    kind                  text NOT NULL CONSTRAINT reapply_kind_known CHECK (kind IN ('pricing', 'rating')),
    status                text NOT NULL DEFAULT 'pending' CONSTRAINT reapply_status_known
        CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled', 'reverted')),
    -- A revert is the same job going back; a failed one goes on going back.
    direction             text NOT NULL DEFAULT 'apply'
        CONSTRAINT reapply_direction_known CHECK (direction IN ('apply', 'revert')),
    rule_set_version      integer NOT NULL,
    -- What was active before this job's activation, for the revert to bring back.
    previous_version      integer,
    trigger_type          text NOT NULL CONSTRAINT reapply_trigger_known
        CHECK (trigger_type IN ('manual', 'activation', 'rule_create', 'rule_update', 'rule_delete', 'schedule')),
    triggered_by_rule_id  uuid,
    trigger_rule_snapshot jsonb,
    requested_by          text NOT NULL,
    reason                text NOT NULL DEFAULT '',
    total_diamonds        integer NOT NULL,
    processed_diamonds    integer NOT NULL DEFAULT 0,
    updated_diamonds      integer NOT NULL DEFAULT 0,
    failed_diamonds       integer NOT NULL DEFAULT 0,
    reverted_diamonds     integer NOT NULL DEFAULT 0,
    -- Changed by something newer since; a revert leaves them alone.
    kept_diamonds         integer NOT NULL DEFAULT 0,
    feeds_affected        text[] NOT NULL DEFAULT '{}',
    -- Everything up to this stone is done.
    done_to               uuid,
    -- Counts claims; a runner of an earlier attempt finds itself locked out.
    attempt               integer NOT NULL DEFAULT 1,
    -- Failures of the present direction; after the third nobody tries by itself.
    retry_count           integer NOT NULL DEFAULT 0,
    next_retry_at         timestamptz,
    error                 text,
    created_at            timestamptz NOT NULL DEFAULT now(),
    started_at            timestamptz,
    last_progress_at      timestamptz NOT NULL DEFAULT now(),
    completed_at          timestamptz,
    reverted_at           timestamptz
);
-- The rule that decides races: one job of a kind at a time.
CREATE UNIQUE INDEX reapply_jobs_one_open_per_kind ON reapply_jobs (kind) WHERE status IN ('pending', 'running');
-- list_jobs: newest first.
CREATE INDEX reapply_jobs_by_age ON reapply_jobs (kind, created_at DESC);
ALTER TABLE reapply_jobs ENABLE ROW LEVEL SECURITY;

-- What a rating job changed; price_changes keeps the same of pricing jobs.
CREATE TABLE rating_reapply_snapshots (
    job_id                      uuid NOT NULL REFERENCES reapply_jobs,
    diamond_id                  uuid NOT NULL,
    old_rating                  smallint NOT NULL,
    old_rating_rule_id          uuid,
    old_rating_rule_set_version integer NOT NULL,
    new_rating                  smallint NOT NULL,
    new_rating_rule_id          uuid,
    created_at                  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, diamond_id)
);
ALTER TABLE rating_reapply_snapshots ENABLE ROW LEVEL SECURITY;

-- The documented names.
CREATE VIEW pricing_reapply_jobs WITH (security_invoker = true) AS SELECT * FROM reapply_jobs WHERE kind = 'pricing';
CREATE VIEW rating_reapply_jobs WITH (security_invoker = true) AS SELECT * FROM reapply_jobs WHERE kind = 'rating';
CREATE VIEW pricing_reapply_snapshots WITH (security_invoker = true) AS
SELECT origin_id AS job_id, diamond_id, old_price AS old_price_model_price, new_price AS new_price_model_price,
       old_markup_ratio, new_markup_ratio, old_rating, new_rating, changed_at AS created_at
  FROM price_changes
 WHERE origin = 'reapply';

-- What somebody saw a draft do; activation does exactly that or refuses.
CREATE TABLE rule_previews (
    token            uuid PRIMARY KEY,
    kind             text NOT NULL CONSTRAINT rule_preview_kind_known CHECK (kind IN ('pricing', 'rating')),
    rule_set_version integer NOT NULL,
    content_hash     text NOT NULL,
    active_version   integer NOT NULL,
    dataset_versions jsonb NOT NULL,
    -- Over every stone: what it costs, what it is sold for, what it would be.
    fingerprint      bigint NOT NULL,
    result           jsonb NOT NULL,
    actor            text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE rule_previews ENABLE ROW LEVEL SECURITY;
