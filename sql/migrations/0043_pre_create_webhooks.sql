-- Who is told over HTTP of what changes here; deliveries are messages of the outbox.

CREATE TABLE webhooks (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id         uuid NOT NULL,
    url               text NOT NULL CONSTRAINT url_fits CHECK (length(url) BETWEEN 1 AND 2000),
    events            text[] NOT NULL CONSTRAINT some_events CHECK (cardinality(events) > 0),
    -- In clear, because deliveries are signed with it.
    secret            text NOT NULL,
    -- Signs besides until then, so that a receiver can change over.
    old_secret        text,
    old_secret_until  timestamptz,
    disabled_at       timestamptz,
    disabled_because  text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT disabled_with_a_reason CHECK (num_nulls(disabled_at, disabled_because) IN (0, 2))
);
CREATE INDEX webhooks_by_client ON webhooks (client_id);
ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;

ALTER TABLE outbox
    ADD COLUMN webhook_id uuid REFERENCES webhooks ON DELETE CASCADE,
    DROP CONSTRAINT destination_known,
    ADD CONSTRAINT destination_known CHECK (destination IN ('slack', 'email', 'log', 'bus', 'webhook')),
    ADD CONSTRAINT webhooks_only_for_webhooks CHECK ((destination = 'webhook') = (webhook_id IS NOT NULL));
-- list_deliveries, put_off_deliveries.
CREATE INDEX outbox_by_webhook ON outbox (webhook_id, id) WHERE webhook_id IS NOT NULL;

-- Every attempt at a delivery.
CREATE TABLE webhook_attempts (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    outbox_id   bigint NOT NULL REFERENCES outbox ON DELETE CASCADE,
    at          timestamptz NOT NULL DEFAULT now(),
    status      integer,
    error       text,
    duration_ms integer NOT NULL
);
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (outbox_id, id);
ALTER TABLE webhook_attempts ENABLE ROW LEVEL SECURITY;

-- Up to where the changes of stones have been told.
CREATE TABLE webhook_feed (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT one_row CHECK (only_row),
    place    text NOT NULL
);
ALTER TABLE webhook_feed ENABLE ROW LEVEL SECURITY;
