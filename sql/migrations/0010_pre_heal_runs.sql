-- Runs that heal themselves: a supplier whose pages shift, partitions tried again, stones edited meanwhile.

ALTER TABLE run_metadata
    -- When everything had ended and something had failed; automatic retries happen within the grace period from here.
    ADD COLUMN grace_started_at timestamptz,
    -- An operator said to go on although too little was read.
    ADD COLUMN forced_by text,
    -- What a backfill reads; null is everything.
    ADD COLUMN range_low numeric(12,2),
    ADD COLUMN range_high numeric(12,2),
    DROP CONSTRAINT run_type_known,
    ADD CONSTRAINT run_type_known CHECK (run_type IN ('full', 'incremental', 'backfill', 'reconsolidate')),
    DROP CONSTRAINT sweep_known,
    ADD CONSTRAINT sweep_known CHECK (sweep IN ('not_due', 'done', 'refused', 'waiting', 'approved', 'rejected'));

ALTER TABLE partition_progress
    -- The last stone of the last page: the next page must begin with it, or stones have moved.
    ADD COLUMN anchor text,
    -- How often the partition stepped back because its stones had moved.
    ADD COLUMN rewinds integer NOT NULL DEFAULT 0,
    -- Only what changed since: the catch-up that follows a full run's partitions.
    ADD COLUMN updated_from timestamptz;

-- The counted cells of every scan: where on a feed's price axis the stones are.
CREATE TABLE price_density (
    scan_id    uuid NOT NULL,
    feed       text NOT NULL,
    -- full, incremental, backfill: what was counted.
    scan_type  text NOT NULL,
    range_low  numeric(12,2) NOT NULL,
    range_high numeric(12,2),
    stones     integer NOT NULL,
    scanned_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scan_id, range_low)
);
-- latest_density: the newest scan of a feed.
CREATE INDEX price_density_by_feed ON price_density (feed, scan_type, scanned_at DESC);
ALTER TABLE price_density ENABLE ROW LEVEL SECURITY;
