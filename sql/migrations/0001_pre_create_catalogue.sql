-- The catalogue: what shops search, hold and buy.

CREATE TABLE diamonds (
    -- Derived from (feed, supplier_stone_id): the same stone keeps its id for ever, here and in a rebuilt database.
    id                     uuid PRIMARY KEY,
    feed                   text NOT NULL,
    supplier_stone_id      text NOT NULL,
    offer_id               text NOT NULL,
    shape                  text NOT NULL,
    carats                 numeric(6,2) CONSTRAINT carats_positive CHECK (carats > 0),
    color                  text,
    clarity                text,
    cut                    text,
    polish                 text,
    symmetry               text,
    fluorescence_intensity text,
    fluorescence_color     text,
    fancy_color            text,
    fancy_intensity        text,
    fancy_overtone         text,
    lab_grown              boolean NOT NULL,
    treated                boolean NOT NULL DEFAULT false,
    stone_type             text NOT NULL CONSTRAINT stone_type_known CHECK (stone_type IN ('natural', 'lab', 'fancy')),
    -- The supplier's ask, our cost, in US dollars.
    feed_price             numeric(12,2) NOT NULL CONSTRAINT feed_price_positive CHECK (feed_price > 0),
    feed_price_per_carat   numeric(12,2),
    feed_availability      text NOT NULL DEFAULT 'available'
        CONSTRAINT feed_availability_known CHECK (feed_availability IN ('available', 'on_hold', 'sold', 'unavailable')),
    -- Our own hold or sale; no feed ever writes it.
    own_availability       text CONSTRAINT own_availability_known CHECK (own_availability IN ('on_hold', 'sold')),
    availability           text NOT NULL GENERATED ALWAYS AS (COALESCE(own_availability, feed_availability)) STORED,
    certificate_lab        text,
    certificate_number     text,
    certificate_url        text,
    image_url              text,
    video_url              text,
    length_mm              numeric(6,2),
    width_mm               numeric(6,2),
    depth_mm               numeric(6,2),
    depth_pct              numeric(5,2),
    table_pct              numeric(5,2),
    ratio                  numeric(5,2) GENERATED ALWAYS AS (round(length_mm / NULLIF(width_mm, 0), 2)) STORED,
    supplier_name          text,
    status                 text NOT NULL DEFAULT 'active' CONSTRAINT status_known CHECK (status IN ('active', 'deleted')),
    -- Of the staged row this was written from: an equal hash means nothing to write.
    content_hash           bytea NOT NULL,
    source_updated_at      timestamptz,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now(),
    deleted_at             timestamptz,
    CONSTRAINT diamonds_one_per_supplier_stone UNIQUE (feed, supplier_stone_id),
    CONSTRAINT deleted_stones_say_when CHECK ((status = 'deleted') = (deleted_at IS NOT NULL))
);

-- search_diamonds: the usual storefront filter.
CREATE INDEX diamonds_by_shape_and_carats ON diamonds (shape, carats, id) WHERE status = 'active';
-- search_diamonds sorted by carats; newest first.
CREATE INDEX diamonds_by_carats ON diamonds (carats, id) WHERE status = 'active';
CREATE INDEX diamonds_by_age ON diamonds (created_at, id) WHERE status = 'active';

-- What rules decide lives apart, so that repricing rewrites narrow rows only.
CREATE TABLE diamond_prices (
    diamond_id               uuid PRIMARY KEY REFERENCES diamonds ON DELETE CASCADE,
    -- Our ask in US dollars.
    price_model_price        numeric(12,2) NOT NULL CONSTRAINT price_positive CHECK (price_model_price > 0),
    markup_ratio             numeric(9,4) NOT NULL,
    pricing_rule_id          uuid,
    pricing_rating           smallint CONSTRAINT pricing_rating_in_range CHECK (pricing_rating BETWEEN 1 AND 10),
    rating                   smallint NOT NULL CONSTRAINT rating_in_range CHECK (rating BETWEEN 1 AND 10),
    pricing_rule_set_version integer NOT NULL,
    rating_rule_set_version  integer NOT NULL,
    priced_at                timestamptz NOT NULL DEFAULT now()
);

-- search_diamonds sorted or filtered by price.
CREATE INDEX diamond_prices_by_price ON diamond_prices (price_model_price, diamond_id);

-- Moves when anything of the feed's catalogue did; caches and ETags are built on it.
CREATE TABLE dataset_versions (
    feed       text PRIMARY KEY,
    version    bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now()
);
