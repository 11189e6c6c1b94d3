-- One pace per supplier, kept by all instances of the app together.

CREATE TABLE rate_limit (
    provider      text PRIMARY KEY,
    -- The latest turn given out; it may lie in the future.
    last_turn_at  timestamptz NOT NULL,
    -- Nobody's turn comes before this.
    paused_until  timestamptz NOT NULL DEFAULT 'epoch',
    -- How much of the full rate was used when the supplier last complained; it recovers from there.
    share         double precision NOT NULL DEFAULT 1 CONSTRAINT share_of_the_rate CHECK (share > 0 AND share <= 1),
    complained_at timestamptz NOT NULL DEFAULT 'epoch',
    halved_at     timestamptz NOT NULL DEFAULT 'epoch'
);

ALTER TABLE rate_limit ENABLE ROW LEVEL SECURITY;
