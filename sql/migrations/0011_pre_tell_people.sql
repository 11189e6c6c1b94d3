-- What leaves the database after a commit, and what went wrong how often.

CREATE TABLE outbox (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    destination     text NOT NULL CONSTRAINT destination_known CHECK (destination IN ('slack', 'email', 'log', 'bus')),
    category        text NOT NULL,
    -- One message per incident and destination, however often it is told.
    incident_key    text NOT NULL CONSTRAINT incident_key_fits_a_header CHECK (length(incident_key) BETWEEN 1 AND 256),
    feed            text,
    payload         jsonb NOT NULL,
    attempts        integer NOT NULL DEFAULT 0,
    -- While somebody sends it, the moment from which they count as dead.
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    created_at      timestamptz NOT NULL DEFAULT now(),
    sent_at         timestamptz,
    given_up_at     timestamptz,
    last_error      text,
    CONSTRAINT outbox_once_per_incident UNIQUE (incident_key, destination),
    CONSTRAINT sent_or_given_up CHECK (sent_at IS NULL OR given_up_at IS NULL)
);
-- claim_message: what is due, oldest first.
CREATE INDEX outbox_open ON outbox (id) WHERE sent_at IS NULL AND given_up_at IS NULL;
-- open_trouble: the latest news of a feed.
CREATE INDEX outbox_by_feed ON outbox (feed, category, id) WHERE feed IS NOT NULL;
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;

CREATE TABLE error_logs (
    service     text NOT NULL,
    -- Of the message without what differs from time to time: ids, numbers, times.
    fingerprint text NOT NULL,
    message     text NOT NULL,
    context     jsonb NOT NULL DEFAULT '{}',
    count       bigint NOT NULL DEFAULT 1 CONSTRAINT count_positive CHECK (count > 0),
    first_seen  timestamptz NOT NULL DEFAULT now(),
    last_seen   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service, fingerprint)
);
-- list_errors: the latest first.
CREATE INDEX error_logs_latest ON error_logs (last_seen DESC);
ALTER TABLE error_logs ENABLE ROW LEVEL SECURITY;

-- Messages no consumer could use, kept until somebody puts them back.
CREATE TABLE dead_letters (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue       text NOT NULL,
    message_id  text NOT NULL,
    body        text NOT NULL,
    reason      text NOT NULL,
    deliveries  integer NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    requeued_at timestamptz,
    requeued_by text
);
-- bury_message: a message that is delivered again is buried once.
CREATE UNIQUE INDEX dead_letters_once ON dead_letters (queue, message_id) WHERE requeued_at IS NULL;
ALTER TABLE dead_letters ENABLE ROW LEVEL SECURITY;
