-- name: take_turn :one
-- Take the next turn at a supplier and return the seconds until it comes; turns are equally far apart.
INSERT INTO rate_limit AS pace (provider, last_turn_at)
VALUES (%(provider)s, clock_timestamp())
    ON CONFLICT (provider) DO UPDATE
   SET last_turn_at = GREATEST(
           clock_timestamp(),
           pace.paused_until,
           pace.last_turn_at + make_interval(secs => %(seconds_apart)s::float8 / LEAST(1,
               pace.share + (1 - pace.share) * extract(epoch FROM clock_timestamp() - pace.slowed_at)::float8
                   / %(recovery_seconds)s::float8)))
RETURNING GREATEST(0, extract(epoch FROM last_turn_at - clock_timestamp()))::float8;

-- name: slow_down :none
-- Halve the rate, at most once a second and never below a floor, and let nobody ask before the pause is over.
UPDATE rate_limit AS pace
   SET share = CASE WHEN cut.due THEN GREATEST(%(lowest_share)s::float8, cut.share / 2) ELSE pace.share END,
       slowed_at = CASE WHEN cut.due THEN cut.now ELSE pace.slowed_at END,
       paused_until = GREATEST(pace.paused_until, cut.now + make_interval(secs => %(pause_seconds)s::float8))
  FROM (SELECT provider,
               clock_timestamp() AS now,
               slowed_at < clock_timestamp() - interval '1 second' AS due,
               LEAST(1, share + (1 - share) * extract(epoch FROM clock_timestamp() - slowed_at)::float8
                   / %(recovery_seconds)s::float8) AS share
          FROM rate_limit
         WHERE provider = %(provider)s
           FOR UPDATE) AS cut
 WHERE pace.provider = cut.provider;

-- name: current_share :one
-- How much of the full rate a supplier is asked with at present, from 0 to 1.
SELECT LEAST(1, share + (1 - share) * extract(epoch FROM clock_timestamp() - slowed_at)::float8
           / %(recovery_seconds)s::float8) AS share
  FROM rate_limit
 WHERE provider = %(provider)s;
