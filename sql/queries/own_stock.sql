-- name: count :one
-- Lines on the shelf within a stretch of prices, changed at or after a moment.
SELECT count(*)
  FROM own_stock
 WHERE price >= %(low)s
   AND (%(high)s::numeric IS NULL OR price < %(high)s::numeric)
   AND (%(updated_from)s::timestamptz IS NULL OR changed_at >= %(updated_from)s::timestamptz);

-- name: page :many
-- The same lines in a stable order, from an offset.
SELECT payload, changed_at
  FROM own_stock
 WHERE price >= %(low)s
   AND (%(high)s::numeric IS NULL OR price < %(high)s::numeric)
   AND (%(updated_from)s::timestamptz IS NULL OR changed_at >= %(updated_from)s::timestamptz)
 ORDER BY price, key
OFFSET %(offset)s
 LIMIT %(limit)s;

-- name: find_line :one
-- One stone's line.
SELECT payload, changed_at FROM own_stock WHERE key = %(key)s;
