-- What customers ask for after they bought: to send a stone back, or anything else.

-- For how many days after its delivery the supplier takes the ordered stone back; null or 0: never.
ALTER TABLE purchases ADD return_days smallint;

CREATE TABLE customer_requests (
    number      bigint GENERATED ALWAYS AS IDENTITY,
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CONSTRAINT request_kind_known CHECK (kind IN ('return', 'question')),
    purchase_id uuid REFERENCES purchases,
    diamond_id  uuid NOT NULL REFERENCES diamonds,
    -- The client's name; of a customer who came by a link, the shop's.
    client_name text NOT NULL,
    by_link     boolean NOT NULL DEFAULT false,
    -- Why it comes back, or what is asked.
    message     text NOT NULL CONSTRAINT something_is_said CHECK (btrim(message) <> ''),
    contact     text,
    status      text NOT NULL DEFAULT 'requested' CONSTRAINT request_status_known CHECK (status IN
        ('requested', 'approved', 'received', 'refunded', 'refused', 'cancelled', 'answered', 'closed')),
    -- What the customer is told: the answer, or why not.
    answer      text,
    decided_by  text,
    refund_id   uuid REFERENCES refunds CONSTRAINT requests_one_per_refund UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT returns_are_of_purchases CHECK (kind <> 'return' OR purchase_id IS NOT NULL),
    CONSTRAINT refused_requests_say_why CHECK (status <> 'refused' OR answer IS NOT NULL),
    CONSTRAINT only_received_stones_are_refunded CHECK (refund_id IS NULL OR status IN ('received', 'refunded'))
);
-- The rule that decides races: a stone comes back once, and the same question is asked once at a time.
CREATE UNIQUE INDEX customer_requests_one_return ON customer_requests (purchase_id)
 WHERE kind = 'return' AND status NOT IN ('refused', 'cancelled');
CREATE UNIQUE INDEX customer_requests_one_question ON customer_requests (client_name, diamond_id, md5(message))
 WHERE kind = 'question' AND status = 'requested';
-- list_requests_of; list_requests.
CREATE INDEX customer_requests_by_purchase ON customer_requests (purchase_id, number);
CREATE INDEX customer_requests_by_number ON customer_requests (number);
ALTER TABLE customer_requests ENABLE ROW LEVEL SECURITY;

INSERT INTO allowed_transitions (machine, from_state, to_state) VALUES
    ('return', 'requested', 'approved'),
    ('return', 'requested', 'refused'),
    ('return', 'requested', 'cancelled'),
    ('return', 'approved', 'received'),
    ('return', 'approved', 'cancelled'),
    ('return', 'received', 'refunded'),
    -- It is not the stone that was sold, or not as it was sold.
    ('return', 'received', 'refused'),
    ('question', 'requested', 'answered'),
    ('question', 'requested', 'closed'),
    ('question', 'requested', 'cancelled'),
    ('question', 'answered', 'closed');
CREATE TRIGGER returns_follow_their_machine BEFORE INSERT OR UPDATE ON customer_requests
    FOR EACH ROW WHEN (NEW.kind = 'return') EXECUTE FUNCTION follow_machine_v1('return', 'status', 'requested');
CREATE TRIGGER questions_follow_their_machine BEFORE INSERT OR UPDATE ON customer_requests
    FOR EACH ROW WHEN (NEW.kind = 'question') EXECUTE FUNCTION follow_machine_v1('question', 'status', 'requested');

-- A return ends when its money is back, whoever hears of that.
CREATE FUNCTION end_return_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE customer_requests
       SET status = 'refunded', updated_at = now()
     WHERE refund_id = NEW.id AND status = 'received';
    RETURN NULL;
END
$$;
CREATE TRIGGER refunds_end_returns AFTER UPDATE ON refunds
    FOR EACH ROW WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION end_return_v1();
