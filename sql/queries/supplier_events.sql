-- name: keep_supplier_event :one
-- Keep an event; says whether it came for the first time.
INSERT INTO supplier_events AS event (feed, id, type, occurred_at, payload)
VALUES (%(feed)s, %(id)s, %(type)s, %(occurred_at)s, %(payload)s::jsonb)
    ON CONFLICT (feed, id) DO UPDATE SET deliveries = event.deliveries + 1
RETURNING event.deliveries = 1;

-- name: settle_supplier_event :none
-- What was made of an event.
UPDATE supplier_events
   SET outcome = %(outcome)s, diamond_id = %(diamond_id)s::uuid, purchase_id = %(purchase_id)s::uuid
 WHERE feed = %(feed)s AND id = %(id)s;

-- name: prune_supplier_events :none
-- Forget old events; an older one is refused by its timestamp.
DELETE FROM supplier_events WHERE received_at < now() - make_interval(days => %(days)s);

-- name: lock_listing :one
-- Have a stone's listing to oneself: a page being written waits, as does whoever is told of the stone, too.
SELECT source_updated_at FROM raw_diamonds WHERE feed = %(feed)s AND supplier_stone_id = %(stone_id)s FOR UPDATE;

-- name: unqueue_stone :none
-- What was read of a stone before now is not to come on sale any more.
DELETE FROM consolidation_queue WHERE feed = %(feed)s AND diamond_id = %(diamond_id)s;

-- name: find_stone_on_sale :one
-- When the catalogue's stone was listed; no row where it has none.
SELECT source_updated_at FROM diamonds WHERE id = %(diamond_id)s AND status = 'active';

-- name: hide_sold_stone :none
-- Off sale until a later run finds it listed (queue_relisted); what we hold or sold ourselves stays so.
UPDATE diamonds SET feed_availability = 'sold', content_hash = '', updated_at = now() WHERE id = %(diamond_id)s;

-- name: find_purchase_of_order :one
-- Whose order at this supplier that is.
SELECT purchase.id
  FROM purchases AS purchase
  JOIN holds AS hold ON hold.id = purchase.hold_id
 WHERE purchase.supplier_order_id = %(order_id)s AND hold.feed = %(feed)s
 ORDER BY purchase.created_at DESC
 LIMIT 1;

-- name: nudge_for_supplier :one
-- The supplier has something to tell: somebody has to ask it, in a turn of their own.
UPDATE purchases
   SET supplier_news_at = clock_timestamp(), next_look_at = now(), turns = turns + 1
 WHERE id = %(purchase_id)s
RETURNING *;

-- name: see_supplier_news :none
-- The supplier was asked after it said so.
UPDATE purchases SET supplier_news_seen_at = %(seen)s WHERE id = %(purchase_id)s;
