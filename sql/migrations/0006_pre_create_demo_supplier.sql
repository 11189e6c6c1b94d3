-- The demo supplier's own books: another party's data that happens to live here.

CREATE TABLE demo_feed_inventory (
    stone_id            text PRIMARY KEY,
    weight_ct           numeric(6,2) NOT NULL,
    stone_shape         text NOT NULL,
    stone_color         text NOT NULL,
    stone_clarity       text NOT NULL,
    cut_grade           text,
    polish_grade        text,
    symmetry_grade      text,
    fluorescence_level  text,
    asking_price_usd    numeric(12,2) NOT NULL,
    price_per_ct_usd    numeric(12,2) NOT NULL,
    depth_pct           numeric(5,2),
    table_pct           numeric(5,2),
    length_mm           numeric(6,2),
    width_mm            numeric(6,2),
    depth_mm            numeric(6,2),
    is_lab_created      boolean NOT NULL DEFAULT false,
    is_treated          boolean NOT NULL DEFAULT false,
    availability_status text NOT NULL DEFAULT 'available',
    cert_lab            text,
    cert_number         text,
    image_link          text,
    vendor_name         text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now()
);

-- Pages of a price range in a stable order; counts of a price range.
CREATE INDEX demo_feed_inventory_by_price ON demo_feed_inventory (asking_price_usd, stone_id);
-- What changed since.
CREATE INDEX demo_feed_inventory_by_update ON demo_feed_inventory (updated_at);

-- How the supplier is made to misbehave; one row.
CREATE TABLE demo_feed_knobs (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT demo_feed_knobs_one_row CHECK (only_row),
    knobs    jsonb NOT NULL DEFAULT '{}'
);
INSERT INTO demo_feed_knobs DEFAULT VALUES;
