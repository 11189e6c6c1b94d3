-- What a US dollar is worth in other currencies, by whom and when.

CREATE TABLE exchange_rates (
    base       text NOT NULL CONSTRAINT base_is_a_code CHECK (base ~ '^[A-Z]{3}$'),
    quote      text NOT NULL CONSTRAINT quote_is_a_code CHECK (quote ~ '^[A-Z]{3}$'),
    -- The day the rate is of, by its source; weekends and holidays have none.
    rated_on   date NOT NULL,
    rate       numeric(20,10) NOT NULL CONSTRAINT rate_positive CHECK (rate > 0),
    source     text NOT NULL,
    -- When the source last said so.
    fetched_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT currencies_differ CHECK (base <> quote),
    -- current_rate, list_current_rates: the latest day of a pair.
    PRIMARY KEY (base, quote, rated_on)
);
ALTER TABLE exchange_rates ENABLE ROW LEVEL SECURITY;
