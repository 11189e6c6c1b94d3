-- What suppliers tell us by themselves, once each, and which purchases are to ask them because of it.

CREATE TABLE supplier_events (
    feed        text NOT NULL,
    -- By the supplier's own name for it: a repeated delivery finds it.
    id          text NOT NULL,
    type        text NOT NULL,
    occurred_at timestamptz NOT NULL,
    payload     jsonb NOT NULL,
    -- What was made of it.
    outcome     text NOT NULL DEFAULT 'received',
    diamond_id  uuid,
    purchase_id uuid REFERENCES purchases,
    deliveries  integer NOT NULL DEFAULT 1,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (feed, id)
);
-- prune_supplier_events.
CREATE INDEX supplier_events_by_age ON supplier_events (received_at);
ALTER TABLE supplier_events ENABLE ROW LEVEL SECURITY;

-- find_purchase_of_order.
CREATE INDEX purchases_by_supplier_order ON purchases (supplier_order_id) WHERE supplier_order_id IS NOT NULL;

-- As news_at and news_seen_at, of the supplier.
ALTER TABLE purchases
    ADD supplier_news_at      timestamptz,
    ADD supplier_news_seen_at timestamptz;
