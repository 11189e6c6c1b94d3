-- name: furnish :none
-- Know a supplier, and give it as many places as a second may hold requests.
WITH known AS (
    INSERT INTO rate_limit (provider) VALUES (%(provider)s) ON CONFLICT DO NOTHING
)
INSERT INTO rate_limit_places (provider, place)
SELECT %(provider)s, place FROM generate_series(1, %(places)s::integer) AS place
    ON CONFLICT DO NOTHING;

-- name: take_turn :one
-- Take a place and the next turn at a supplier, if a place is free or will be soon; turns are equally far apart.
WITH chosen AS (
    SELECT place, free_at
      FROM rate_limit_places
     WHERE provider = %(provider)s
       AND place <= %(places)s
       AND free_at < clock_timestamp() + make_interval(secs => %(window_seconds)s::float8)
     ORDER BY free_at
     LIMIT 1
       FOR UPDATE SKIP LOCKED
), turn AS (
    UPDATE rate_limit AS pace
       SET last_turn_at = GREATEST(
               clock_timestamp(),
               chosen.free_at,
               pace.paused_until,
               pace.last_turn_at + make_interval(secs => %(seconds_apart)s::float8 / LEAST(1,
                   pace.share + (1 - pace.share) * extract(epoch FROM clock_timestamp() - pace.complained_at)::float8
                       / %(recovery_seconds)s::float8)))
      FROM chosen
     WHERE pace.provider = %(provider)s
    RETURNING pace.last_turn_at AS at
)
UPDATE rate_limit_places AS taken
   SET free_at = turn.at + make_interval(secs => %(lease_seconds)s::float8)
  FROM chosen, turn
 WHERE taken.provider = %(provider)s AND taken.place = chosen.place
RETURNING taken.place,
          taken.free_at AS until,
          GREATEST(0, extract(epoch FROM turn.at - clock_timestamp()))::float8 AS wait;

-- name: give_back :none
-- The request was answered, so it has arrived: its place is free a second from now.
UPDATE rate_limit_places
   SET free_at = clock_timestamp() + make_interval(secs => %(window_seconds)s::float8)
 WHERE provider = %(provider)s AND place = %(place)s AND free_at = %(until)s;

-- name: slow_down :none
-- Halve the rate, but not again at once and never below a floor, and let nobody ask before the pause is over.
UPDATE rate_limit AS pace
   SET share = GREATEST(%(lowest_share)s::float8, CASE WHEN at.due THEN at.share / 2 ELSE at.share END),
       complained_at = at.now,
       halved_at = CASE WHEN at.due THEN at.now ELSE pace.halved_at END,
       paused_until = GREATEST(pace.paused_until, at.now + make_interval(secs => %(pause_seconds)s::float8))
  FROM (SELECT provider,
               clock_timestamp() AS now,
               halved_at < clock_timestamp() - make_interval(secs => %(between_seconds)s::float8) AS due,
               LEAST(1, share + (1 - share) * extract(epoch FROM clock_timestamp() - complained_at)::float8
                   / %(recovery_seconds)s::float8) AS share
          FROM rate_limit
         WHERE provider = %(provider)s
           FOR UPDATE) AS at
 WHERE pace.provider = at.provider;

-- name: current_share :one
-- How much of the full rate a supplier is asked with at present, from 0 to 1.
SELECT LEAST(1, share + (1 - share) * extract(epoch FROM clock_timestamp() - complained_at)::float8
           / %(recovery_seconds)s::float8) AS share
  FROM rate_limit
 WHERE provider = %(provider)s;
