-- name: find_stone_for_sale :one
-- An active stone with its price, as a hold or a quote of it begins.
SELECT diamond.id AS diamond_id, diamond.feed, diamond.supplier_stone_id, diamond.offer_id, diamond.certificate_lab,
       diamond.certificate_number, price.price_model_price AS price, price.cost, diamond.stone_type,
       price.pricing_rule_set_version AS rule_set_version
  FROM diamonds AS diamond
  JOIN shown_prices AS price ON price.diamond_id = diamond.id
 WHERE diamond.id = %(diamond_id)s AND diamond.status = 'active';

-- name: find_pause :one
-- Why nothing of this feed is sold at present.
SELECT scope, reason, paused_by, paused_at
  FROM selling_pauses
 WHERE scope IN ('*', %(feed)s)
 ORDER BY scope
 LIMIT 1;

-- name: list_pauses :many
-- What is paused.
SELECT scope, reason, paused_by, paused_at FROM selling_pauses ORDER BY scope;

-- name: pause :one
-- Sell nothing of a feed, or of any ('*'), from now on.
INSERT INTO selling_pauses (scope, reason, paused_by)
VALUES (%(scope)s, %(reason)s, %(paused_by)s)
    ON CONFLICT (scope) DO UPDATE SET reason = EXCLUDED.reason, paused_by = EXCLUDED.paused_by
RETURNING scope, reason, paused_by, paused_at;

-- name: resume :one
-- Sell again; returns nothing when it was not paused.
DELETE FROM selling_pauses WHERE scope = %(scope)s RETURNING scope, reason, paused_by, paused_at;

-- name: insert_hold :one
-- Claim a stone, or return nothing when somebody has it already.
INSERT INTO holds AS hold (id, client_name, client_key, requested_diamond_id, diamond_id, feed, supplier_stone_id, offer_id,
       certificate_lab, certificate_number, price, quoted, cost, price_points, price_places, purchase_id, expires_at)
VALUES (%(id)s, %(client_name)s, %(client_key)s::text, %(diamond_id)s, %(diamond_id)s, %(feed)s, %(supplier_stone_id)s, %(offer_id)s,
        %(certificate_lab)s, %(certificate_number)s, %(price)s, %(quoted)s, %(cost)s,
        %(price_points)s::integer, %(price_places)s::integer, %(purchase_id)s::uuid,
        now() + make_interval(mins => %(minutes)s))
    ON CONFLICT DO NOTHING
RETURNING *;

-- name: find_hold :one
-- A hold by its id.
SELECT * FROM holds WHERE id = %(hold_id)s;

-- name: find_hold_by_key :one
-- What the same request began before.
SELECT *
  FROM holds
 WHERE client_name = %(client_name)s AND client_key = %(client_key)s AND status IN ('requesting', 'active');

-- name: find_open_hold :one
-- Whoever has this stone, by any offer of its certificate.
SELECT hold.*
  FROM holds AS hold
  JOIN diamonds AS diamond ON diamond.id = %(diamond_id)s
 WHERE hold.status IN ('requesting', 'active', 'bought')
   AND (hold.diamond_id = diamond.id
        OR (hold.certificate_lab, hold.certificate_number) = (diamond.certificate_lab, diamond.certificate_number))
 LIMIT 1;

-- name: list_holds :many
-- A client's holds, newest first.
SELECT *
  FROM holds
 WHERE client_name = %(client_name)s
   AND (%(status)s::text IS NULL OR status = %(status)s)
   AND (%(before)s::timestamptz IS NULL OR (requested_at, id) < (%(before)s, %(before_id)s::uuid))
 ORDER BY requested_at DESC, id DESC
 LIMIT %(limit)s;

-- name: list_hold_history :many
-- What happened to a hold, in order.
SELECT id, event, status, diamond_id, feed, feed_hold_id, denied, hold_until, detail, created_at
  FROM hold_history
 WHERE hold_id = %(hold_id)s
 ORDER BY id;

-- name: record :none
-- Write down what happened to a hold.
INSERT INTO hold_history (hold_id, diamond_id, feed, feed_hold_id, offer_id, status, event, denied, hold_until, detail)
SELECT id, diamond_id, feed, supplier_hold_id, offer_id, status, %(event)s, %(denied)s, expires_at, %(detail)s::jsonb
  FROM holds
 WHERE id = %(hold_id)s;

-- name: claim_hold :one
-- Take a hold that is still to be settled, unless somebody works at it.
UPDATE holds
   SET claimed_until = now() + make_interval(secs => %(lease_seconds)s)
 WHERE id = %(hold_id)s AND status = 'requesting' AND claimed_until <= now()
RETURNING *;

-- name: mark_asked :one
-- Write down that the supplier is about to be told; nothing is returned when the hold is over.
UPDATE holds
   SET asked_at = now(), attempts = attempts + 1, offer_id = %(offer_id)s, claimed_until = now() + make_interval(secs => %(lease_seconds)s)
 WHERE id = %(hold_id)s AND status = 'requesting'
RETURNING *;

-- name: activate_hold :one
-- The supplier holds the stone for us; a hold that ended meanwhile is given back.
UPDATE holds
   SET status = CASE status WHEN 'requesting' THEN 'active' ELSE status END,
       give_back = status <> 'requesting',
       supplier_hold_id = %(supplier_hold_id)s,
       supplier_until = %(supplier_until)s,
       claimed_until = 'epoch'
 WHERE id = %(hold_id)s
RETURNING *;

-- name: switch_offer :one
-- Go on with another offer of the same stone.
UPDATE holds
   SET diamond_id = %(diamond_id)s, feed = %(feed)s, supplier_stone_id = %(supplier_stone_id)s,
       offer_id = %(offer_id)s, cost = %(cost)s, asked_at = NULL
 WHERE id = %(hold_id)s AND status = 'requesting'
RETURNING *;

-- name: list_other_offers :many
-- Offers of the same certificate that this hold has not tried, the cheapest first.
SELECT diamond.id AS diamond_id, diamond.feed, diamond.supplier_stone_id, diamond.offer_id, diamond.certificate_lab,
       diamond.certificate_number, price.price_model_price AS price, price.cost, diamond.stone_type,
       price.pricing_rule_set_version AS rule_set_version
  FROM holds AS hold
  JOIN diamonds AS diamond
    ON (diamond.certificate_number, diamond.certificate_lab) = (hold.certificate_number, hold.certificate_lab)
  JOIN diamond_prices AS price ON price.diamond_id = diamond.id
 WHERE hold.id = %(hold_id)s
   AND diamond.status = 'active'
   AND diamond.feed_availability = 'available'
   AND diamond.id <> hold.diamond_id
   AND abs(price.cost - hold.cost) <= hold.cost * %(tolerance)s
   AND NOT EXISTS (SELECT FROM hold_history AS tried
                    WHERE tried.hold_id = hold.id AND tried.diamond_id = diamond.id)
   AND NOT EXISTS (SELECT FROM selling_pauses WHERE scope = diamond.feed)
 ORDER BY price.cost, diamond.id;

-- name: end_hold :one
-- A hold is over; what the supplier may hold for us is to be given back.
UPDATE holds
   SET status = %(status)s,
       refusal = COALESCE(%(refusal)s::text, refusal),
       ended_at = now(),
       give_back = %(status)s NOT IN ('denied', 'refused', 'bought')
                   AND (supplier_hold_id IS NOT NULL OR asked_at IS NOT NULL),
       claimed_until = 'epoch'
 WHERE id = %(hold_id)s AND status = ANY(%(from_statuses)s::text[])
RETURNING *;

-- name: extend_hold :one
-- Hold longer, within both limits: ours from the first minute on, and the supplier's.
UPDATE holds
   SET expires_at = LEAST(now() + make_interval(mins => %(minutes)s),
                          requested_at + make_interval(mins => %(longest_minutes)s),
                          supplier_until)
 WHERE id = %(hold_id)s
   AND status = 'active'
   AND expires_at > now()
   AND LEAST(now() + make_interval(mins => %(minutes)s),
             requested_at + make_interval(mins => %(longest_minutes)s),
             supplier_until) > expires_at
RETURNING *;

-- name: rest_on_hold :one
-- Let a purchase of the same client rest on a hold that nothing rests on yet.
UPDATE holds
   SET purchase_id = %(purchase_id)s
 WHERE id = %(hold_id)s AND status = 'active' AND purchase_id IS NULL AND expires_at > now()
RETURNING *;

-- name: expire_holds :many
-- End holds whose time is over: all of them, or those of one stone.
UPDATE holds
   SET status = 'expired',
       ended_at = now(),
       give_back = supplier_hold_id IS NOT NULL OR asked_at IS NOT NULL,
       claimed_until = 'epoch'
 WHERE id IN (SELECT hold.id
                FROM holds AS hold
               WHERE hold.status IN ('requesting', 'active')
                 AND hold.expires_at <= now()
                 AND hold.claimed_until <= now()
                 AND hold.purchase_id IS NULL
                 AND (%(diamond_id)s::uuid IS NULL OR hold.diamond_id = %(diamond_id)s)
               ORDER BY hold.id
               LIMIT %(limit)s
                 FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: list_unsettled_holds :many
-- Holds whose settling was interrupted.
SELECT id
  FROM holds
 WHERE status = 'requesting' AND claimed_until <= now() AND purchase_id IS NULL
   AND requested_at < now() - make_interval(secs => %(quiet_seconds)s)
 ORDER BY requested_at
 LIMIT %(limit)s;

-- name: claim_hold_to_give_back :one
-- Take an ended hold that the supplier still has: any, or one of this stone.
UPDATE holds
   SET claimed_until = now() + make_interval(secs => %(lease_seconds)s)
 WHERE id = (SELECT id
               FROM holds
              WHERE give_back
                AND (claimed_until <= now() OR diamond_id = %(diamond_id)s)
                AND (%(diamond_id)s::uuid IS NULL OR diamond_id = %(diamond_id)s)
              ORDER BY claimed_until, id
              LIMIT 1
                FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: given_back :one
-- The supplier does not hold it for us any more.
UPDATE holds SET give_back = false, claimed_until = 'epoch' WHERE id = %(hold_id)s RETURNING *;

-- name: is_our_hold :one
-- Whether one of our holds is known by this name at the supplier.
SELECT EXISTS (SELECT FROM holds WHERE feed = %(feed)s AND supplier_hold_id = %(supplier_hold_id)s);

-- name: settle_availability :none
-- Let the catalogue say what holds and sales say, for every offer of the stone.
WITH stone AS (
    SELECT id, certificate_lab, certificate_number FROM diamonds WHERE id = %(diamond_id)s
), standing AS (
    SELECT CASE WHEN bool_or(hold.status = 'bought') THEN 'sold'
                WHEN count(*) > 0 THEN 'on_hold' END AS own
      FROM stone
      JOIN holds AS hold
        ON hold.diamond_id = stone.id
           OR (hold.certificate_lab, hold.certificate_number) = (stone.certificate_lab, stone.certificate_number)
     WHERE hold.status IN ('requesting', 'active', 'bought')
)
UPDATE diamonds AS diamond
   SET own_availability = standing.own, updated_at = now()
  FROM stone, standing
 WHERE (diamond.id = stone.id
        OR (diamond.certificate_number, diamond.certificate_lab) = (stone.certificate_number, stone.certificate_lab))
   AND diamond.own_availability IS DISTINCT FROM standing.own;

-- name: doubt_stone :none
-- Take a stone off sale until its feed tells of it again, as it is then.
WITH stone AS (
    UPDATE diamonds
       SET feed_availability = %(availability)s, content_hash = '', updated_at = now()
     WHERE id = %(diamond_id)s
    RETURNING feed, supplier_stone_id
)
UPDATE raw_diamonds AS raw
   SET gone_at = now()
  FROM stone
 WHERE (raw.feed, raw.supplier_stone_id) = (stone.feed, stone.supplier_stone_id);
