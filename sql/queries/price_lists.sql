-- name: get_standing :one
-- What a list makes of prices at this moment, and since when it does.
SELECT CASE WHEN in_force THEN points END AS points,
       CASE WHEN in_force THEN places END AS places,
       GREATEST(changed_at,
                CASE WHEN valid_from <= now() THEN valid_from END,
                CASE WHEN valid_until <= now() THEN valid_until END) AS since
  FROM price_lists,
       LATERAL (SELECT valid_from <= now() AND COALESCE(valid_until > now(), true) AS in_force) AS standing
 WHERE name = %(name)s;

-- name: list_price_lists :many
-- Every list, and how many working keys see its prices.
SELECT list.*, count(key.id)::integer AS keys
  FROM price_lists AS list
  LEFT JOIN api_keys AS key
    ON key.price_list = list.name AND key.active AND (key.expires_at IS NULL OR key.expires_at > now())
 GROUP BY list.name
 ORDER BY list.name;

-- name: insert_price_list :one
-- A new list, or nothing when there is one of that name.
INSERT INTO price_lists (name, points, places, valid_from, valid_until, changed_by)
VALUES (%(name)s, %(points)s, %(places)s, COALESCE(%(valid_from)s::timestamptz, now()), %(valid_until)s::timestamptz,
        %(changed_by)s)
    ON CONFLICT (name) DO NOTHING
RETURNING *, 0 AS keys;

-- name: change_price_list :one
-- Other terms from now on; who follows the catalogue at this list's prices begins anew.
UPDATE price_lists AS list
   SET points = %(points)s,
       places = %(places)s,
       valid_from = COALESCE(%(valid_from)s::timestamptz, valid_from),
       valid_until = %(valid_until)s::timestamptz,
       changed_at = clock_timestamp(),
       changed_by = %(changed_by)s
 WHERE name = %(name)s
RETURNING *,
          (SELECT count(*)::integer
             FROM api_keys AS key
            WHERE key.price_list = list.name AND key.active AND (key.expires_at IS NULL OR key.expires_at > now())) AS keys;
