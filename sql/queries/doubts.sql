-- name: stone_doubts :many
-- What the mapping of a stone kept or left out without understanding it.
SELECT doubt
  FROM staged_diamonds, unnest(doubts) AS doubt
 WHERE diamond_id = %(diamond_id)s
   AND doubts IS NOT NULL;

-- name: count_doubts :many
-- What the mapping of a feed's stones kept or left out without understanding it, by field, with examples.
SELECT split_part(doubt, ': ', 1) AS field,
       count(*)::integer AS stones,
       (array_agg(DISTINCT doubt))[1:5] AS examples
  FROM staged_diamonds, unnest(doubts) AS doubt
 WHERE feed = %(feed)s
   AND doubts IS NOT NULL
 GROUP BY field
 ORDER BY stones DESC, field;
