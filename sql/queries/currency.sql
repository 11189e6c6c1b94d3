-- name: current_rate :one
-- The latest rate of a currency.
SELECT *
  FROM exchange_rates
 WHERE base = 'USD' AND quote = %(quote)s
 ORDER BY rated_on DESC
 LIMIT 1;

-- name: list_current_rates :many
-- The latest rate of every currency, by its code.
SELECT DISTINCT ON (quote) *
  FROM exchange_rates
 WHERE base = 'USD'
 ORDER BY quote, rated_on DESC;

-- name: last_fetched :one
-- When a source last gave any rate.
SELECT max(fetched_at) FROM exchange_rates WHERE base = 'USD';

-- name: upsert_rates :none
-- Keep rates by their day; a source that repeats one confirms it.
INSERT INTO exchange_rates (base, quote, rated_on, rate, source, fetched_at)
SELECT 'USD', given.quote, given.rated_on, given.rate, %(source)s, %(fetched_at)s
  FROM unnest(%(quotes)s::text[], %(days)s::date[], %(rates)s::numeric[]) AS given (quote, rated_on, rate)
 ORDER BY given.quote
    ON CONFLICT (base, quote, rated_on) DO UPDATE
   SET rate = EXCLUDED.rate, source = EXCLUDED.source, fetched_at = EXCLUDED.fetched_at;
