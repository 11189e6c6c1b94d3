-- name: list_columns :many
-- What a view of the console shows, in its order.
SELECT attname AS name, format_type(atttypid, atttypmod) AS type
  FROM pg_attribute
 WHERE attrelid = to_regclass(%(view)s::text)
   AND attnum > 0
   AND NOT attisdropped
 ORDER BY attnum;

-- name: ask_console :many
-- The rows of a statement as JSON, read by a role that may read the console's views and nothing else.
SELECT console_rows_v1(%(statement)s);

-- name: list_feed_figures :many
-- Per feed: active stones by availability, what they are priced at, and its version.
SELECT version.feed, version.version, version.updated_at,
       count(diamond.id)::int AS stones,
       (count(diamond.id) FILTER (WHERE diamond.availability = 'available'))::int AS available,
       (count(diamond.id) FILTER (WHERE diamond.availability = 'on_hold'))::int AS on_hold,
       (count(diamond.id) FILTER (WHERE diamond.availability = 'sold'))::int AS sold,
       (count(diamond.id) FILTER (WHERE diamond.availability = 'unavailable'))::int AS unavailable,
       min(price.price_model_price) AS lowest_price,
       round(avg(price.price_model_price), 2) AS average_price,
       max(price.price_model_price) AS highest_price
  FROM dataset_versions AS version
  LEFT JOIN diamonds AS diamond ON diamond.feed = version.feed AND diamond.status = 'active'
  LEFT JOIN diamond_prices AS price ON price.diamond_id = diamond.id
 GROUP BY version.feed, version.version, version.updated_at
 ORDER BY version.feed;

-- name: list_price_trend :many
-- Per day: prices that changed, how far they moved, and why.
SELECT (changed_at AT TIME ZONE 'UTC')::date AS day,
       count(*)::int AS changes,
       (count(*) FILTER (WHERE new_price > old_price))::int AS raised,
       (count(*) FILTER (WHERE new_price < old_price))::int AS lowered,
       round(avg((new_price - old_price) / old_price * 100), 2) AS average_move_pct,
       sum(supplier_cost) AS by_supplier,
       sum(rule) AS by_rule,
       sum(override) AS by_override,
       sum(new_price - old_price) AS moved
  FROM price_changes
  JOIN diamonds AS diamond ON diamond.id = price_changes.diamond_id
 WHERE changed_at >= now() - make_interval(days => %(days)s::int)
   AND new_price IS NOT NULL
   AND (%(feed)s::text IS NULL OR diamond.feed = %(feed)s)
 GROUP BY day
 ORDER BY day;

-- name: get_database_status :one
-- The database as the app sees it.
SELECT current_setting('server_version') AS version,
       pg_database_size(current_database())::bigint AS bytes,
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())::int AS connections,
       current_setting('max_connections')::int AS most_connections,
       (SELECT max(name) FROM schema_migrations) AS migration,
       now() AS at;
