-- The rest of what a laboratory, a supplier and a shop say of a stone.

ALTER TABLE staged_diamonds
    ADD COLUMN crown_angle         numeric(5,2),
    ADD COLUMN crown_height        numeric(5,2),
    ADD COLUMN pavilion_angle      numeric(5,2),
    ADD COLUMN pavilion_depth      numeric(5,2),
    ADD COLUMN girdle              text,
    ADD COLUMN culet               text,
    ADD COLUMN eye_clean           boolean,
    ADD COLUMN milky               text,
    ADD COLUMN brown_tinge         text,
    ADD COLUMN green_tinge         text,
    ADD COLUMN blue_tinge          text,
    ADD COLUMN gray_tinge          text,
    ADD COLUMN bowtie              text,
    ADD COLUMN growth_type         text,
    ADD COLUMN origin              text,
    ADD COLUMN location            text,
    ADD COLUMN delivery_days_min   smallint,
    ADD COLUMN delivery_days_max   smallint,
    ADD COLUMN return_days         smallint,
    ADD COLUMN key_to_symbols      text,
    ADD COLUMN comments            text,
    ADD COLUMN image_urls          text[],
    ADD COLUMN supplier_legal_name text,
    ADD COLUMN diamond_price       numeric(12,2),
    ADD COLUMN raw_availability    text,
    ADD COLUMN feed_hold_id        text,
    -- What the mapping kept or left out without understanding it, as `field: value`.
    ADD COLUMN doubts              text[];

ALTER TABLE diamonds
    ADD COLUMN crown_angle         numeric(5,2),
    ADD COLUMN crown_height        numeric(5,2),
    ADD COLUMN pavilion_angle      numeric(5,2),
    ADD COLUMN pavilion_depth      numeric(5,2),
    ADD COLUMN girdle              text,
    ADD COLUMN culet               text,
    ADD COLUMN eye_clean           boolean,
    -- NONE where the supplier says so, null where it says nothing.
    ADD COLUMN milky               text,
    ADD COLUMN brown_tinge         text,
    ADD COLUMN green_tinge         text,
    ADD COLUMN blue_tinge          text,
    ADD COLUMN gray_tinge          text,
    ADD COLUMN bowtie              text,
    -- HPHT or CVD, of laboratory-grown stones.
    ADD COLUMN growth_type         text,
    ADD COLUMN origin              text,
    ADD COLUMN location            text,
    -- In business days.
    ADD COLUMN delivery_days_min   smallint,
    ADD COLUMN delivery_days_max   smallint,
    -- 0 means that it cannot be returned.
    ADD COLUMN return_days         smallint,
    ADD COLUMN key_to_symbols      text,
    ADD COLUMN comments            text,
    -- In the order they are meant to be shown.
    ADD COLUMN image_urls          text[],
    ADD COLUMN supplier_legal_name text,
    -- The supplier's second price, in US dollars; nothing is computed from it.
    ADD COLUMN diamond_price       numeric(12,2),
    -- The supplier's own word for feed_availability, and its hold if it names one.
    ADD COLUMN raw_availability    text,
    ADD COLUMN feed_hold_id        text;

-- list_doubts: what to teach the mapping next.
CREATE INDEX staged_diamonds_in_doubt ON staged_diamonds (feed) WHERE doubts IS NOT NULL;
