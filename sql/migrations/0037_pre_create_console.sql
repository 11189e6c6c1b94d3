-- What the query console may look at; and a client is who bears its name, however many keys it has.

UPDATE api_keys AS key
   SET client_id = first.client_id
  FROM (SELECT DISTINCT ON (client_name) client_name, client_id
          FROM api_keys
         ORDER BY client_name, created_at, id) AS first
 WHERE key.client_name = first.client_name
   AND key.client_id <> first.client_id;

CREATE VIEW console_diamonds WITH (security_invoker = true) AS
SELECT diamond.id, diamond.feed, diamond.supplier_stone_id, diamond.offer_id, diamond.supplier_name, diamond.shape,
       diamond.carats, diamond.color, diamond.clarity, diamond.cut, diamond.polish, diamond.symmetry,
       diamond.fluorescence_intensity, diamond.fancy_color, diamond.fancy_intensity, diamond.lab_grown,
       diamond.stone_type, diamond.status, diamond.availability, diamond.certificate_lab, diamond.certificate_number,
       diamond.feed_price, price.markup_ratio, price.price_model_price AS price, price.rating, price.pricing_rule_id,
       price.pricing_rule_set_version, diamond.created_at, diamond.updated_at, diamond.deleted_at, price.priced_at
  FROM diamonds AS diamond
  JOIN diamond_prices AS price ON price.diamond_id = diamond.id;

CREATE VIEW console_runs WITH (security_invoker = true) AS
SELECT run_id, feed, provider, run_type, status, phase, attempt, requested_by, forced_by, expected, count_calls,
       active_before, active_after, inserted, updated, resurrected, untouched, removed, sweep, sweep_reason, error,
       watermark_before, watermark_after, started_at, completed_at
  FROM run_metadata;

CREATE VIEW console_partitions WITH (security_invoker = true) AS
SELECT run_id, partition_id, range_low, range_high, status, attempt, expected, next_offset, pages, rewinds, fetched, new,
       changed, unchanged, duplicate, quarantined, error, updated_at
  FROM partition_progress;

CREATE VIEW console_price_changes WITH (security_invoker = true) AS
SELECT id, diamond_id, changed_at, origin, origin_id, old_price, new_price, new_price - old_price AS moved, supplier_cost,
       rule, rate, rounding, override, mapper, old_rating, new_rating
  FROM price_changes;

CREATE VIEW console_quarantine WITH (security_invoker = true) AS
SELECT id, feed, supplier_stone_id, field, reason, mapper_version, seen, first_seen_at, last_seen_at, resolved_at
  FROM quarantine;

CREATE VIEW console_errors WITH (security_invoker = true) AS
SELECT service, fingerprint, message, count, first_seen, last_seen
  FROM error_logs;
