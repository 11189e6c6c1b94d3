-- Quarantined listings are replayed by themselves, and each says how it left: so a replay's books can be counted.

ALTER TABLE run_metadata
    DROP CONSTRAINT run_type_known,
    ADD CONSTRAINT run_type_known CHECK (run_type IN ('full', 'incremental', 'backfill', 'reconsolidate', 'replay'));

ALTER TABLE quarantine
    -- Whose listing it is; null where the listing does not say, and on rows older than this column.
    ADD COLUMN diamond_id uuid,
    -- moved: it is on file now; superseded: a newer listing of the stone was read; gone: a full run no longer found it.
    ADD COLUMN resolution text,
    ADD COLUMN resolved_by_run uuid,
    ADD CONSTRAINT quarantine_resolution_known CHECK (resolution IN ('moved', 'superseded', 'gone'));

-- list_quarantine, list_replayable, settle_quarantine, consolidate_batch: what waits.
CREATE INDEX quarantine_waiting ON quarantine (feed, id) WHERE resolved_at IS NULL;
-- count_resolved: what a run settled.
CREATE INDEX quarantine_by_run ON quarantine (resolved_by_run) WHERE resolved_by_run IS NOT NULL;
