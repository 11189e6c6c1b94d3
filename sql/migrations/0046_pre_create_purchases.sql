-- Stones sold: two state machines per purchase, every step written down, and what only a person can decide.

CREATE TABLE purchases (
    id                 uuid PRIMARY KEY,
    number             bigint GENERATED ALWAYS AS IDENTITY (START WITH 100001),
    order_number       text NOT NULL GENERATED ALWAYS AS ('DO-' || number::text) STORED
        CONSTRAINT purchases_one_per_order_number UNIQUE,
    -- A partner is invoiced; a checkout is paid by card before the stone is ordered.
    kind               text NOT NULL CONSTRAINT purchase_kind_known CHECK (kind IN ('partner', 'checkout')),
    client_name        text NOT NULL,
    client_key         text NOT NULL,
    diamond_id         uuid NOT NULL REFERENCES diamonds,
    hold_id            uuid NOT NULL REFERENCES holds CONSTRAINT purchases_one_per_hold UNIQUE,
    -- In US dollars, as held.
    price              numeric(12,2) NOT NULL,
    reference          text,
    comments           text,
    destination_id     text,

    order_status       text NOT NULL DEFAULT 'pending' CONSTRAINT order_status_known
        CHECK (order_status IN ('pending', 'confirmed', 'completed', 'failed', 'cancelled')),
    payment_status     text NOT NULL DEFAULT 'none' CONSTRAINT payment_status_known
        CHECK (payment_status IN ('none', 'authorised', 'captured', 'voided', 'refunded', 'failed')),
    -- What the supplier was told; `asked` without an answer is an order nobody can vouch for.
    supplier_order     text NOT NULL DEFAULT 'not_asked' CONSTRAINT supplier_order_known
        CHECK (supplier_order IN ('not_asked', 'asked', 'placed', 'declined', 'unknown')),
    supplier_order_id  text,
    -- Why it came to nothing: code, message and figures, as JSON whose decimals keep their digits.
    failure            text,
    cancel_reason      text,

    -- What the customer is asked for, in the smallest unit of the currency, and the rate it was made with.
    currency           text NOT NULL DEFAULT 'usd' CONSTRAINT currency_is_lower_case CHECK (currency = lower(currency)),
    amount_cents       bigint CONSTRAINT amount_positive CHECK (amount_cents > 0),
    rate               numeric,
    rated_on           date,
    customer           jsonb NOT NULL DEFAULT '{}',
    session_status     text NOT NULL DEFAULT 'none' CONSTRAINT session_status_known
        CHECK (session_status IN ('none', 'asked', 'open', 'complete', 'expired')),
    session_id         text CONSTRAINT purchases_one_per_session UNIQUE,
    session_url        text,
    session_expires_at timestamptz,
    payment_intent_id  text CONSTRAINT purchases_one_per_payment UNIQUE,
    authorised_cents   bigint,
    captured_cents     bigint NOT NULL DEFAULT 0,
    refunded_cents     bigint NOT NULL DEFAULT 0,
    capture_before     timestamptz,
    -- Part of the payment partner's idempotency keys; moves after a definite failure only.
    payment_attempt    integer NOT NULL DEFAULT 1,
    -- The payment partner had something to tell; somebody asked what.
    news_at            timestamptz,
    looked_at          timestamptz,

    claim              uuid,
    claimed_until      timestamptz NOT NULL DEFAULT 'epoch',
    -- When somebody has to look at it again; null while there is nothing to do.
    next_look_at       timestamptz DEFAULT now(),
    failures           integer NOT NULL DEFAULT 0,
    last_error         text,
    turns              integer NOT NULL DEFAULT 0,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    ended_at           timestamptz,

    CONSTRAINT no_order_without_the_supplier CHECK
        (order_status NOT IN ('confirmed', 'completed') OR (supplier_order = 'placed' AND supplier_order_id IS NOT NULL)),
    CONSTRAINT no_capture_without_an_order CHECK
        (payment_status NOT IN ('captured', 'refunded') OR supplier_order_id IS NOT NULL),
    CONSTRAINT no_money_kept_without_a_stone CHECK
        (order_status NOT IN ('failed', 'cancelled') OR payment_status NOT IN ('authorised', 'captured')),
    CONSTRAINT no_stone_without_money CHECK
        (order_status <> 'completed' OR kind = 'partner' OR payment_status IN ('captured', 'refunded')),
    CONSTRAINT checkouts_have_an_amount CHECK (kind = 'partner' OR amount_cents IS NOT NULL),
    CONSTRAINT captured_what_was_authorised CHECK (captured_cents BETWEEN 0 AND COALESCE(authorised_cents, 0)),
    CONSTRAINT refunded_what_was_captured CHECK (refunded_cents BETWEEN 0 AND captured_cents),
    CONSTRAINT ended_purchases_say_when CHECK
        ((order_status IN ('completed', 'failed', 'cancelled')) = (ended_at IS NOT NULL))
);
-- The rules that decide races: one open purchase per stone, one purchase per key of a client.
CREATE UNIQUE INDEX purchases_one_open_per_diamond ON purchases (diamond_id)
 WHERE order_status IN ('pending', 'confirmed', 'completed');
CREATE UNIQUE INDEX purchases_one_per_key ON purchases (client_name, client_key)
 WHERE order_status NOT IN ('failed', 'cancelled');
-- list_due_purchases.
CREATE INDEX purchases_due ON purchases (next_look_at) WHERE next_look_at IS NOT NULL;
-- list_purchases: a client's own, newest first.
CREATE INDEX purchases_by_client ON purchases (client_name, number DESC);
ALTER TABLE purchases ENABLE ROW LEVEL SECURITY;
ALTER TABLE holds ADD CONSTRAINT holds_rest_under_a_purchase
    FOREIGN KEY (purchase_id) REFERENCES purchases DEFERRABLE INITIALLY DEFERRED;

INSERT INTO allowed_transitions (machine, from_state, to_state) VALUES
    ('order', 'pending', 'confirmed'),
    ('order', 'pending', 'failed'),
    ('order', 'pending', 'cancelled'),
    ('order', 'confirmed', 'completed'),
    -- Somebody cancelled it at the supplier.
    ('order', 'confirmed', 'cancelled'),
    ('payment', 'none', 'authorised'),
    ('payment', 'none', 'failed'),
    ('payment', 'authorised', 'captured'),
    ('payment', 'authorised', 'voided'),
    ('payment', 'authorised', 'failed'),
    ('payment', 'captured', 'refunded'),
    ('supplier order', 'not_asked', 'asked'),
    ('supplier order', 'asked', 'placed'),
    ('supplier order', 'asked', 'declined'),
    ('supplier order', 'asked', 'unknown'),
    -- Nothing was sent.
    ('supplier order', 'asked', 'not_asked'),
    -- A late answer, or a person's decision.
    ('supplier order', 'unknown', 'placed'),
    ('supplier order', 'unknown', 'declined'),
    ('supplier order', 'unknown', 'not_asked'),
    ('checkout session', 'none', 'asked'),
    ('checkout session', 'asked', 'open'),
    ('checkout session', 'asked', 'none'),
    ('checkout session', 'open', 'complete'),
    ('checkout session', 'open', 'expired');
CREATE TRIGGER purchases_follow_the_order BEFORE INSERT OR UPDATE ON purchases
    FOR EACH ROW EXECUTE FUNCTION follow_machine_v1('order', 'order_status', 'pending');
CREATE TRIGGER purchases_follow_the_payment BEFORE INSERT OR UPDATE ON purchases
    FOR EACH ROW EXECUTE FUNCTION follow_machine_v1('payment', 'payment_status', 'none');
CREATE TRIGGER purchases_follow_the_supplier BEFORE INSERT OR UPDATE ON purchases
    FOR EACH ROW EXECUTE FUNCTION follow_machine_v1('supplier order', 'supplier_order', 'not_asked');
CREATE TRIGGER purchases_follow_the_session BEFORE INSERT OR UPDATE ON purchases
    FOR EACH ROW EXECUTE FUNCTION follow_machine_v1('checkout session', 'session_status', 'none');

CREATE TABLE purchase_events (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    purchase_id    uuid NOT NULL REFERENCES purchases,
    event          text NOT NULL,
    order_status   text NOT NULL,
    payment_status text NOT NULL,
    supplier_order text NOT NULL,
    detail         jsonb NOT NULL DEFAULT '{}',
    created_at     timestamptz NOT NULL DEFAULT now()
);
-- list_events.
CREATE INDEX purchase_events_by_purchase ON purchase_events (purchase_id, id);
ALTER TABLE purchase_events ENABLE ROW LEVEL SECURITY;
CREATE TRIGGER purchase_events_are_kept BEFORE UPDATE OR DELETE ON purchase_events
    FOR EACH ROW EXECUTE FUNCTION keep_for_ever_v1();

CREATE TABLE incidents (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL,
    purchase_id     uuid REFERENCES purchases,
    -- What it is about where it is no purchase.
    subject         text NOT NULL,
    summary         text NOT NULL,
    evidence        jsonb NOT NULL,
    allowed_actions text[] NOT NULL CONSTRAINT somebody_can_do_something CHECK (cardinality(allowed_actions) > 0),
    opened_at       timestamptz NOT NULL DEFAULT now(),
    action          text,
    note            text,
    decided_by      text,
    decided_at      timestamptz,
    CONSTRAINT decided_as_allowed CHECK (action IS NULL OR action = ANY (allowed_actions)),
    CONSTRAINT decided_incidents_say_who CHECK (num_nulls(action, decided_by, decided_at) IN (0, 3))
);
-- open_incident: one of a kind at a time.
CREATE UNIQUE INDEX incidents_one_open_per_kind ON incidents (kind, subject) WHERE decided_at IS NULL;
ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;
