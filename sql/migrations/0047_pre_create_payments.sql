-- What the payment partner tells us, once each, and money that goes back.

-- Which of its news somebody has looked after; comparing with news_at needs no two clocks to agree.
ALTER TABLE purchases ADD news_seen_at timestamptz;

-- Every event by its own id: a repeated delivery finds it.
CREATE TABLE payment_events (
    id          text PRIMARY KEY,
    type        text NOT NULL,
    purchase_id uuid REFERENCES purchases,
    payload     jsonb NOT NULL,
    deliveries  integer NOT NULL DEFAULT 1,
    received_at timestamptz NOT NULL DEFAULT now()
);
-- list_payment_events; prune_payment_events.
CREATE INDEX payment_events_by_purchase ON payment_events (purchase_id, received_at);
CREATE INDEX payment_events_by_age ON payment_events (received_at);
ALTER TABLE payment_events ENABLE ROW LEVEL SECURITY;

CREATE TABLE refunds (
    id             uuid PRIMARY KEY,
    purchase_id    uuid NOT NULL REFERENCES purchases,
    amount_cents   bigint NOT NULL CONSTRAINT refund_positive CHECK (amount_cents > 0),
    reason         text NOT NULL,
    requested_by   text NOT NULL,
    status         text NOT NULL DEFAULT 'requested'
        CONSTRAINT refund_status_known CHECK (status IN ('requested', 'pending', 'succeeded', 'failed')),
    -- Of the payment partner's idempotency key; moves after a definite failure only.
    attempt        integer NOT NULL DEFAULT 1,
    partner_id     text CONSTRAINT refunds_one_per_partner_id UNIQUE,
    failure        text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);
-- list_refunds.
CREATE INDEX refunds_by_purchase ON refunds (purchase_id, created_at);
ALTER TABLE refunds ENABLE ROW LEVEL SECURITY;

INSERT INTO allowed_transitions (machine, from_state, to_state) VALUES
    ('refund', 'requested', 'pending'),
    ('refund', 'requested', 'succeeded'),
    ('refund', 'requested', 'failed'),
    ('refund', 'pending', 'succeeded'),
    ('refund', 'pending', 'failed'),
    -- A bank may send it back days later.
    ('refund', 'succeeded', 'failed'),
    ('refund', 'failed', 'requested'),
    ('payment', 'refunded', 'captured');
CREATE TRIGGER refunds_follow_their_machine BEFORE INSERT OR UPDATE ON refunds
    FOR EACH ROW EXECUTE FUNCTION follow_machine_v1('refund', 'status', 'requested');
