-- What makes the ingest's promises hold whatever is late, lost or odd.

-- Places for requests to a supplier: as many as a second may hold. A place is free again a second after its request was
-- answered, so two requests with one place are always more than a second apart, wherever they were held up on their way.
CREATE TABLE rate_limit_places (
    provider text NOT NULL REFERENCES rate_limit ON DELETE CASCADE,
    place    integer NOT NULL,
    -- While a request is under way, the moment from which it counts as lost.
    free_at  timestamptz NOT NULL DEFAULT 'epoch',
    PRIMARY KEY (provider, place)
);
ALTER TABLE rate_limit_places ENABLE ROW LEVEL SECURITY;

-- Now that places keep the rate, the first row of a supplier has had no turn yet.
ALTER TABLE rate_limit ALTER last_turn_at SET DEFAULT 'epoch';

-- What the mapping did not understand of a feed, as a run left it: a list of field, stones and examples.
ALTER TABLE run_metadata ADD COLUMN doubts jsonb;
-- count_doubts: few stones have any.
CREATE INDEX staged_diamonds_doubtful ON staged_diamonds (feed) WHERE doubts IS NOT NULL;

-- Feeds whose night has come; one waits while another feed of its provider runs.
CREATE TABLE nightly_turns (
    feed   text NOT NULL,
    night  date NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (feed, night)
);
ALTER TABLE nightly_turns ENABLE ROW LEVEL SECURITY;
