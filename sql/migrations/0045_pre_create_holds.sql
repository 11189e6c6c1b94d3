-- Stones set aside for a customer: one open hold per stone, whoever asks, whatever feed offers it.

-- Which state may follow which; a trigger on each machine's column refuses every other step.
CREATE TABLE allowed_transitions (
    machine    text NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (machine, from_state, to_state)
);
ALTER TABLE allowed_transitions ENABLE ROW LEVEL SECURITY;

-- Arguments: the machine, its column, the state it begins in.
CREATE FUNCTION follow_machine_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    after_it text := to_jsonb(NEW) ->> TG_ARGV[1];
    before_it text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF after_it <> TG_ARGV[2] THEN
            RAISE EXCEPTION '% begins as %, not as %', TG_ARGV[0], TG_ARGV[2], after_it
                USING ERRCODE = 'check_violation', CONSTRAINT = 'machine_begins_at_its_beginning', TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END IF;
    before_it := to_jsonb(OLD) ->> TG_ARGV[1];
    IF after_it <> before_it AND NOT EXISTS (
        SELECT FROM allowed_transitions
         WHERE machine = TG_ARGV[0] AND from_state = before_it AND to_state = after_it)
    THEN
        RAISE EXCEPTION '% cannot go from % to %', TG_ARGV[0], before_it, after_it
            USING ERRCODE = 'check_violation', CONSTRAINT = 'machine_takes_allowed_steps', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION keep_for_ever_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_is_kept', TABLE = TG_TABLE_NAME;
END
$$;

CREATE TABLE holds (
    id                   uuid PRIMARY KEY,
    client_name          text NOT NULL,
    -- The idempotency key it was asked for with: a repeated request finds it by this.
    client_key           text,
    requested_diamond_id uuid NOT NULL REFERENCES diamonds,
    -- What is held: another offer of the same certificate when the first supplier denied it.
    diamond_id           uuid NOT NULL REFERENCES diamonds,
    feed                 text NOT NULL,
    supplier_stone_id    text NOT NULL,
    offer_id             text NOT NULL,
    certificate_lab      text,
    certificate_number   text,
    status               text NOT NULL DEFAULT 'requesting' CONSTRAINT hold_status_known
        CHECK (status IN ('requesting', 'active', 'denied', 'refused', 'released', 'expired', 'bought')),
    -- Our ask in US dollars when the hold was asked for; nothing changes it.
    price                numeric(12,2) NOT NULL CONSTRAINT hold_price_positive CHECK (price > 0),
    -- A signed quote stood behind the price.
    quoted               boolean NOT NULL DEFAULT false,
    -- The supplier's ask our price was made from.
    cost                 numeric(12,2) NOT NULL,
    -- The supplier was told to hold the stone, and no answer is written down.
    asked_at             timestamptz,
    attempts             integer NOT NULL DEFAULT 0,
    supplier_hold_id     text,
    supplier_until       timestamptz,
    -- The supplier still holds it for us, perhaps, and need not any more.
    give_back            boolean NOT NULL DEFAULT false,
    -- Whoever works at it counts as dead from then on.
    claimed_until        timestamptz NOT NULL DEFAULT 'epoch',
    -- Why there is no hold: code, message and figures, as JSON whose decimals keep their digits.
    refusal              text,
    -- A purchase rests on this hold, which then ends with it and not by the clock.
    purchase_id          uuid,
    requested_at         timestamptz NOT NULL DEFAULT now(),
    expires_at           timestamptz NOT NULL,
    ended_at             timestamptz,
    CONSTRAINT ended_holds_say_when
        CHECK ((status IN ('denied', 'refused', 'released', 'expired', 'bought')) = (ended_at IS NOT NULL)),
    CONSTRAINT refusals_say_why CHECK (status NOT IN ('denied', 'refused') OR refusal IS NOT NULL)
);
-- The rules that decide races: what is held or bought is neither held nor bought again.
CREATE UNIQUE INDEX holds_one_open_per_diamond ON holds (diamond_id)
 WHERE status IN ('requesting', 'active', 'bought');
CREATE UNIQUE INDEX holds_one_open_per_certificate ON holds (certificate_lab, certificate_number)
 WHERE status IN ('requesting', 'active', 'bought');
-- No two of our holds are one hold of the supplier's.
CREATE UNIQUE INDEX holds_one_per_supplier_hold ON holds (feed, supplier_hold_id) WHERE supplier_hold_id IS NOT NULL;
-- expire_holds; list_unsettled_holds; list_holds_to_give_back.
CREATE INDEX holds_by_expiry ON holds (expires_at) WHERE status IN ('requesting', 'active');
CREATE INDEX holds_to_give_back ON holds (claimed_until) WHERE give_back;
-- find_hold_by_key: one open hold per key.
CREATE UNIQUE INDEX holds_one_open_per_key ON holds (client_name, client_key) WHERE status IN ('requesting', 'active');
-- list_holds: a client's own, newest first.
CREATE INDEX holds_by_client ON holds (client_name, requested_at DESC, id);
ALTER TABLE holds ENABLE ROW LEVEL SECURITY;

INSERT INTO allowed_transitions (machine, from_state, to_state) VALUES
    ('hold', 'requesting', 'active'),
    ('hold', 'requesting', 'denied'),
    ('hold', 'requesting', 'refused'),
    ('hold', 'requesting', 'expired'),
    ('hold', 'requesting', 'released'),
    ('hold', 'active', 'released'),
    ('hold', 'active', 'expired'),
    ('hold', 'active', 'bought'),
    -- A sale that was undone.
    ('hold', 'bought', 'released');
CREATE TRIGGER holds_follow_their_machine BEFORE INSERT OR UPDATE ON holds
    FOR EACH ROW EXECUTE FUNCTION follow_machine_v1('hold', 'status', 'requesting');

-- Everything that happened to a hold, also what a supplier denied.
CREATE TABLE hold_history (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hold_id      uuid NOT NULL REFERENCES holds,
    diamond_id   uuid NOT NULL REFERENCES diamonds,
    feed         text NOT NULL,
    feed_hold_id text,
    offer_id     text NOT NULL,
    status       text NOT NULL,
    event        text NOT NULL,
    denied       boolean NOT NULL DEFAULT false,
    hold_until   timestamptz,
    detail       jsonb NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now()
);
-- list_hold_history, find_another_offer.
CREATE INDEX hold_history_by_hold ON hold_history (hold_id, id);
ALTER TABLE hold_history ENABLE ROW LEVEL SECURITY;
CREATE TRIGGER hold_history_is_kept BEFORE UPDATE OR DELETE ON hold_history
    FOR EACH ROW EXECUTE FUNCTION keep_for_ever_v1();

-- find_another_offer, settle_availability: every offer of one certificate.
CREATE INDEX diamonds_by_certificate ON diamonds (certificate_number, certificate_lab) WHERE certificate_number IS NOT NULL;

-- Nothing new is held or sold while a row is here: of one feed, or of all ('*').
CREATE TABLE selling_pauses (
    scope     text PRIMARY KEY,
    reason    text NOT NULL CONSTRAINT pause_reason_given CHECK (btrim(reason) <> ''),
    paused_by text NOT NULL,
    paused_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE selling_pauses ENABLE ROW LEVEL SECURITY;

-- The demo supplier's own books of what it holds and has sold.
CREATE TABLE demo_feed_holds (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    stone_id     text NOT NULL REFERENCES demo_feed_inventory (stone_id) ON DELETE CASCADE,
    hold_until   timestamptz NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    cancelled_at timestamptz
);
CREATE UNIQUE INDEX demo_feed_holds_one_per_stone ON demo_feed_holds (stone_id) WHERE cancelled_at IS NULL;
ALTER TABLE demo_feed_holds ENABLE ROW LEVEL SECURITY;

CREATE TABLE demo_feed_orders (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    stone_id       text NOT NULL,
    price_usd      numeric(12,2) NOT NULL,
    reference      text NOT NULL,
    comments       text,
    destination_id text,
    created_at     timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE demo_feed_orders ENABLE ROW LEVEL SECURITY;
