-- Tax that the payment partner adds, and payments that their owners dispute.

-- Part of what was authorised, in the smallest unit of the currency; added to the amount.
ALTER TABLE purchases ADD tax_cents bigint NOT NULL DEFAULT 0 CONSTRAINT tax_not_negative CHECK (tax_cents >= 0);

CREATE TABLE disputes (
    -- The payment partner's name for it.
    id           text PRIMARY KEY,
    purchase_id  uuid NOT NULL REFERENCES purchases,
    amount_cents bigint NOT NULL CONSTRAINT dispute_positive CHECK (amount_cents > 0),
    reason       text NOT NULL,
    status       text NOT NULL CONSTRAINT dispute_status_known
        CHECK (status IN ('needs_response', 'under_review', 'won', 'lost', 'withdrawn')),
    -- No evidence is taken after that.
    respond_by   timestamptz,
    opened_at    timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT now()
);
-- list_disputes.
CREATE INDEX disputes_by_purchase ON disputes (purchase_id, opened_at);
ALTER TABLE disputes ENABLE ROW LEVEL SECURITY;
