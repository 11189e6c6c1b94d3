-- The demo supplier's own books: another party's data that happens to live here.

CREATE TABLE demo_feed_inventory (
    -- The offer; the stone behind it keeps its stone_id.
    id                  uuid PRIMARY KEY,
    stone_id            text NOT NULL CONSTRAINT demo_feed_one_listing_per_stone UNIQUE,
    weight_ct           numeric(6,2) NOT NULL,
    stone_shape         text NOT NULL,
    stone_color         text NOT NULL,
    stone_clarity       text NOT NULL,
    cut_grade           text,
    polish_grade        text,
    symmetry_grade      text,
    fluorescence_level  text,
    asking_price_usd    numeric(12,2) NOT NULL CONSTRAINT demo_feed_price_positive CHECK (asking_price_usd > 0),
    price_per_ct_usd    numeric(12,2) NOT NULL,
    depth_pct           numeric(5,2),
    table_pct           numeric(5,2),
    length_mm           numeric(6,2),
    width_mm            numeric(6,2),
    depth_mm            numeric(6,2),
    is_lab_created      boolean NOT NULL DEFAULT false,
    is_treated          boolean NOT NULL DEFAULT false,
    availability_status text NOT NULL DEFAULT 'available'
        CONSTRAINT demo_feed_availability_known CHECK (availability_status IN ('available', 'on_hold', 'sold')),
    cert_lab            text,
    cert_number         text,
    image_link          text,
    vendor_name         text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now()
);

-- page, count, outage_begins_at: what is available within a price range.
CREATE INDEX demo_feed_inventory_by_price ON demo_feed_inventory (asking_price_usd, stone_id) INCLUDE (updated_at)
 WHERE availability_status = 'available';
-- page and count of what changed since; choose_available.
CREATE INDEX demo_feed_inventory_by_update ON demo_feed_inventory (updated_at)
 WHERE availability_status = 'available';

-- How the supplier is made to misbehave; one row.
CREATE TABLE demo_feed_knobs (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT demo_feed_knobs_one_row CHECK (only_row),
    knobs    jsonb NOT NULL DEFAULT '{}'
);
INSERT INTO demo_feed_knobs DEFAULT VALUES;
