-- name: take_turn :one
-- Take the next turn at a supplier and return the seconds until it comes; turns are equally far apart.
INSERT INTO rate_limit AS pace (provider, last_turn_at)
VALUES (%(provider)s, clock_timestamp())
    ON CONFLICT (provider) DO UPDATE
   SET last_turn_at = GREATEST(
           clock_timestamp(),
           pace.paused_until,
           pace.last_turn_at + make_interval(secs => %(seconds_apart)s::float8 / LEAST(1,
               pace.share + (1 - pace.share) * extract(epoch FROM clock_timestamp() - pace.complained_at)::float8
                   / %(recovery_seconds)s::float8)))
RETURNING GREATEST(0, extract(epoch FROM last_turn_at - clock_timestamp()))::float8;

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
