-- name: count :one
-- How many available stones a price range holds, all of them or those changed since.
SELECT count(*)
  FROM demo_feed_inventory
 WHERE availability_status = 'available'
   AND asking_price_usd >= COALESCE(%(price_min)s::numeric, 0)
   AND asking_price_usd < COALESCE(%(price_below)s::numeric, 'Infinity')
   AND updated_at >= COALESCE(%(updated_from)s::timestamptz, '-infinity');

-- name: page :one
-- The available stones of a price range from an offset, as a JSON array in an order that is the same in every database.
WITH wanted AS (
     SELECT stone_id
       FROM demo_feed_inventory
      WHERE availability_status = 'available'
        AND asking_price_usd >= COALESCE(%(price_min)s::numeric, 0)
        AND asking_price_usd < COALESCE(%(price_below)s::numeric, 'Infinity')
        AND updated_at >= COALESCE(%(updated_from)s::timestamptz, '-infinity')
      ORDER BY stone_id COLLATE "C"
     OFFSET %(offset)s
      LIMIT %(limit)s
), listing AS (
     SELECT id, stone_id, weight_ct, stone_shape, stone_color, stone_clarity, cut_grade, polish_grade, symmetry_grade,
            fluorescence_level, asking_price_usd, price_per_ct_usd, depth_pct, table_pct, length_mm, width_mm, depth_mm,
            is_lab_created, is_treated, availability_status, cert_lab, cert_number, image_link, vendor_name,
            (to_json(created_at AT TIME ZONE 'UTC') #>> '{}') || 'Z' AS created_at,
            (to_json(updated_at AT TIME ZONE 'UTC') #>> '{}') || 'Z' AS updated_at
       FROM wanted
       JOIN demo_feed_inventory USING (stone_id)
)
SELECT COALESCE(json_agg(listing ORDER BY stone_id COLLATE "C"), '[]')::text
  FROM listing;

-- name: find_listing :one
-- One stone, whatever its availability.
SELECT id, stone_id, weight_ct, stone_shape, stone_color, stone_clarity, cut_grade, polish_grade, symmetry_grade,
       fluorescence_level, asking_price_usd, price_per_ct_usd, depth_pct, table_pct, length_mm, width_mm, depth_mm,
       is_lab_created, is_treated, availability_status, cert_lab, cert_number, image_link, vendor_name,
       created_at, updated_at
  FROM demo_feed_inventory
 WHERE stone_id = %(stone_id)s;

-- name: lock_inventory :none
-- Let one writer at a time at the books; readers are not disturbed.
LOCK TABLE demo_feed_inventory IN SHARE ROW EXCLUSIVE MODE;

-- name: summarize_inventory :one
-- How many stones there are, sold ones included, and the last one's id.
SELECT count(*) AS stones, max(stone_id) AS last_stone_id FROM demo_feed_inventory;

-- name: clear_inventory :none
-- Throw the books away.
DELETE FROM demo_feed_inventory;

-- name: copy_listings :none
-- Write listings in bulk; the columns are the fields of a listing, in their order.
COPY demo_feed_inventory (id, stone_id, weight_ct, stone_shape, stone_color, stone_clarity, cut_grade, polish_grade,
     symmetry_grade, fluorescence_level, asking_price_usd, price_per_ct_usd, depth_pct, table_pct, length_mm, width_mm,
     depth_mm, is_lab_created, is_treated, availability_status, cert_lab, cert_number, image_link, vendor_name,
     created_at, updated_at)
FROM STDIN;

-- name: analyze_inventory :none
-- Tell the planner about the new stones at once.
ANALYZE demo_feed_inventory;

-- name: choose_available :many
-- Available stones as chance has it, the same ones for the same seed, those longest untouched first.
SELECT stone_id, weight_ct, asking_price_usd
  FROM demo_feed_inventory
 WHERE availability_status = 'available'
 ORDER BY updated_at, md5(stone_id || '/' || %(seed)s::text), stone_id
 LIMIT %(stones)s;

-- name: mark_sold :none
-- Take stones off the market.
UPDATE demo_feed_inventory
   SET availability_status = 'sold',
       updated_at = %(at)s
 WHERE stone_id = ANY(%(stone_ids)s::text[]);

-- name: set_prices :none
-- Ask new prices for stones.
UPDATE demo_feed_inventory AS listing
   SET asking_price_usd = new.price,
       price_per_ct_usd = round(new.price / listing.weight_ct, 2),
       updated_at = %(at)s
  FROM unnest(%(stone_ids)s::text[], %(prices)s::numeric[]) AS new(stone_id, price)
 WHERE listing.stone_id = new.stone_id;

-- name: find_outage_price :one
-- The price above which the dearest share of the available stones begins; none when there are no stones.
SELECT percentile_disc(1 - %(share)s::float8) WITHIN GROUP (ORDER BY asking_price_usd)
  FROM demo_feed_inventory
 WHERE availability_status = 'available';

-- name: get_knobs :one
-- How the supplier is made to misbehave.
SELECT knobs FROM demo_feed_knobs;

-- name: set_knobs :none
-- Make the supplier misbehave like this from now on.
UPDATE demo_feed_knobs SET knobs = %(knobs)s::jsonb;

-- name: find_offer :one
-- One stone as it can be traded now, with the hold that lies on it.
SELECT listing.stone_id, listing.id AS offer_id, listing.availability_status, listing.asking_price_usd, hold.id AS hold_id
  FROM demo_feed_inventory AS listing
  LEFT JOIN demo_feed_holds AS hold ON hold.stone_id = listing.stone_id AND hold.cancelled_at IS NULL
 WHERE listing.stone_id = %(stone_id)s;

-- name: lock_listing :one
-- One stone by its id or its offer's, for the one who trades it now.
SELECT stone_id, availability_status, asking_price_usd
  FROM demo_feed_inventory
 WHERE stone_id = %(stone_id)s::text OR id = %(offer_id)s::uuid
   FOR UPDATE;

-- name: move_listing :none
-- Say what became of a stone.
UPDATE demo_feed_inventory
   SET availability_status = %(availability)s,
       updated_at = now()
 WHERE stone_id = %(stone_id)s;

-- name: insert_hold :one
-- Hold a stone.
INSERT INTO demo_feed_holds (stone_id, hold_until)
VALUES (%(stone_id)s, now() + make_interval(hours => %(hours)s))
RETURNING id, hold_until;

-- name: lapse_hold :none
-- End the hold of a stone if its time is over.
UPDATE demo_feed_holds
   SET cancelled_at = now()
 WHERE stone_id = %(stone_id)s AND cancelled_at IS NULL AND hold_until <= now();

-- name: cancel_hold :one
-- End a hold, and say whose it was.
UPDATE demo_feed_holds
   SET cancelled_at = now()
 WHERE id = %(hold_id)s AND cancelled_at IS NULL
RETURNING stone_id;

-- name: end_holds :none
-- End the hold of a stone that is sold.
UPDATE demo_feed_holds SET cancelled_at = now() WHERE stone_id = %(stone_id)s AND cancelled_at IS NULL;

-- name: insert_order :one
-- Write an order down.
INSERT INTO demo_feed_orders (stone_id, price_usd, reference, comments, destination_id)
VALUES (%(stone_id)s, %(price_usd)s, %(reference)s, %(comments)s, %(destination_id)s)
RETURNING id;
