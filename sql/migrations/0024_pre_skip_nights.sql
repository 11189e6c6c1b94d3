-- A feed whose turn never came that night; a turn that was taken has a run to show for it.
ALTER TABLE nightly_turns ADD COLUMN skipped_at timestamptz;
