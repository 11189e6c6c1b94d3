-- What made each price, what every price was before, overrides, and prices held back for review.

-- A person's price for one stone; it survives ingests and rules until it ends.
CREATE TABLE price_overrides (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    diamond_id uuid NOT NULL REFERENCES diamonds ON DELETE CASCADE,
    price      numeric(12,2) NOT NULL CONSTRAINT override_positive CHECK (price > 0),
    reason     text NOT NULL CONSTRAINT override_reason_given CHECK (btrim(reason) <> ''),
    actor      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    ended_at   timestamptz,
    ended_by   text,
    CONSTRAINT override_ends_after_it_begins CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX price_overrides_one_open_per_diamond ON price_overrides (diamond_id) WHERE ended_at IS NULL;
ALTER TABLE price_overrides ENABLE ROW LEVEL SECURITY;

ALTER TABLE diamond_prices
    -- The cost this price was made from.
    ADD cost           numeric(12,2),
    ADD fixed_fee      numeric(12,2) NOT NULL DEFAULT 0,
    -- By the formula within floor and ceiling; then rounded by the set's policy; an override stands above both.
    ADD base_price     numeric(12,2),
    ADD rule_price     numeric(12,2),
    ADD override_id    bigint,
    ADD rating_rule_id uuid,
    ADD mapper_version integer,
    ADD payload_hash   bytea;
UPDATE diamond_prices AS price
   SET cost = diamond.feed_price, base_price = price.price_model_price, rule_price = price.price_model_price
  FROM diamonds AS diamond
 WHERE diamond.id = price.diamond_id;
ALTER TABLE diamond_prices
    ALTER cost SET NOT NULL,
    ALTER base_price SET NOT NULL,
    ALTER rule_price SET NOT NULL;

-- One row per change of a price: all of the old row, what it became, and why, in parts that add up to the whole.
-- The price at any moment is the old price of the first later change, or today's.
CREATE TABLE price_changes (
    id                           bigint GENERATED ALWAYS AS IDENTITY,
    diamond_id                   uuid NOT NULL,
    changed_at                   timestamptz NOT NULL DEFAULT now(),
    origin                       text NOT NULL CONSTRAINT price_change_origin_known
        CHECK (origin IN ('ingest', 'reapply', 'revert', 'override', 'schedule', 'review', 'quarantine')),
    -- The run or the job.
    origin_id                    uuid,
    old_price                    numeric(12,2) NOT NULL,
    old_rule_price               numeric(12,2) NOT NULL,
    old_base_price               numeric(12,2) NOT NULL,
    old_cost                     numeric(12,2) NOT NULL,
    old_markup_ratio             numeric(9,4) NOT NULL,
    old_fixed_fee                numeric(12,2) NOT NULL,
    old_pricing_rule_id          uuid,
    old_pricing_rating           smallint,
    old_rating                   smallint NOT NULL,
    old_pricing_rule_set_version integer NOT NULL,
    old_override_id              bigint,
    old_mapper_version           integer,
    old_payload_hash             bytea,
    old_priced_at                timestamptz NOT NULL,
    -- Null when the stone was taken off sale.
    new_price                    numeric(12,2),
    new_markup_ratio             numeric(9,4),
    new_pricing_rule_id          uuid,
    new_rating                   smallint,
    supplier_cost                numeric(12,2) NOT NULL DEFAULT 0,
    rule                         numeric(12,2) NOT NULL DEFAULT 0,
    rate                         numeric(12,2) NOT NULL DEFAULT 0,
    rounding                     numeric(12,2) NOT NULL DEFAULT 0,
    override                     numeric(12,2) NOT NULL DEFAULT 0,
    mapper                       numeric(12,2) NOT NULL DEFAULT 0,
    PRIMARY KEY (diamond_id, id),
    CONSTRAINT the_parts_are_the_whole CHECK (
        new_price - old_price = supplier_cost + rule + rate + rounding + override + mapper)
);
-- revert_batch, changes_of_origin: everything one run or job did.
CREATE INDEX price_changes_by_origin ON price_changes (origin_id, diamond_id);
ALTER TABLE price_changes ENABLE ROW LEVEL SECURITY;

-- A price that moved too far in one run: the old one stays until somebody decides.
CREATE TABLE price_reviews (
    diamond_id      uuid PRIMARY KEY REFERENCES diamonds ON DELETE CASCADE,
    old_price       numeric(12,2) NOT NULL,
    proposed_price  numeric(12,2) NOT NULL,
    cost            numeric(12,2) NOT NULL,
    movement        numeric(12,2) NOT NULL,
    run_id          uuid,
    held_at         timestamptz NOT NULL DEFAULT now(),
    decision        text CONSTRAINT price_review_decision_known CHECK (decision IN ('approved', 'rejected')),
    decided_by      text,
    decided_at      timestamptz,
    CONSTRAINT decided_reviews_say_who CHECK (num_nulls(decision, decided_by, decided_at) IN (0, 3))
);
ALTER TABLE price_reviews ENABLE ROW LEVEL SECURITY;

-- The one formula of every statement that prices: cost to price by a rule (or none) of a set.
-- shared/pricing/engine.py says the same for one stone; a property test compares them to the cent.
CREATE FUNCTION price_by_rule_v1(set_version integer, rule_id uuid, type_of_stone text, stone_cost numeric)
RETURNS TABLE (pricing_rating smallint, markup_ratio numeric, fixed_fee numeric, floor_price numeric,
               ceiling_price numeric, formula_price numeric, base_price numeric, rule_price numeric)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT rule.rating,
           formula.ratio,
           formula.fee,
           formula.lowest,
           formula.highest,
           formula.price,
           bounded.price,
           CASE WHEN rounded.price > formula.highest THEN bounded.price ELSE rounded.price END
      FROM pricing_rule_sets AS rule_set
      JOIN pricing_base_margins AS base ON base.rule_set_version = rule_set.version AND base.stone_type = type_of_stone
      LEFT JOIN pricing_rules AS rule ON rule.rule_set_version = rule_set.version AND rule.id = price_by_rule_v1.rule_id
     CROSS JOIN LATERAL (
           SELECT COALESCE(rule.markup_ratio, 1 + (base.margin + COALESCE(rule.margin_modifier, 0)) / 100) AS ratio,
                  COALESCE(rule.fixed_fee, 0) AS fee,
                  round(ceil(stone_cost * (100 + base.margin_floor)) / 100, 2) AS lowest,
                  round(floor(stone_cost * (100 + base.margin_ceiling)) / 100, 2) AS highest,
                  round(stone_cost * COALESCE(rule.markup_ratio, 1 + (base.margin + COALESCE(rule.margin_modifier, 0)) / 100)
                        + COALESCE(rule.fixed_fee, 0), 2) AS price) AS formula
     CROSS JOIN LATERAL (SELECT GREATEST(LEAST(formula.price, formula.highest), formula.lowest) AS price) AS bounded
     CROSS JOIN LATERAL (
           SELECT CASE rule_set.rounding
                       WHEN 'up' THEN ceil(bounded.price)
                       WHEN 'charm' THEN ceil(bounded.price + 0.01) - 0.01
                       ELSE bounded.price END AS price) AS rounded
     WHERE rule_set.version = set_version
$$;

-- Whether a computed price can be a price at all.
CREATE FUNCTION can_be_a_price_v1(price numeric) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT price > 0 AND price < 10000000000
$$;

-- Why a base price moved, when cost and rules may both have: the supplier's part and the rules'.
-- Under one rule set all of it is the supplier's (or, from an unchanged payload, a new mapper's); with the cost
-- and the payload unchanged all of it is the rules'; else the old formula at the new cost divides them.
CREATE FUNCTION price_parts_v1(before diamond_prices, after diamond_prices)
RETURNS TABLE (supplier_cost numeric, rule numeric, rounding numeric, override numeric, mapper numeric)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN by_mapper.yes THEN 0 ELSE moved.by_supplier END,
           after.base_price - before.base_price - moved.by_supplier,
           (after.rule_price - after.base_price) - (before.rule_price - before.base_price),
           (after.price_model_price - after.rule_price) - (before.price_model_price - before.rule_price),
           CASE WHEN by_mapper.yes THEN moved.by_supplier ELSE 0 END
      FROM (SELECT after.mapper_version <> before.mapper_version
                   AND after.payload_hash IS NOT DISTINCT FROM before.payload_hash AS yes) AS by_mapper
     CROSS JOIN LATERAL (
           SELECT CASE WHEN after.cost = before.cost AND NOT COALESCE(by_mapper.yes, false)
                            AND after.payload_hash IS NOT DISTINCT FROM before.payload_hash
                       THEN 0
                       WHEN after.pricing_rule_set_version = before.pricing_rule_set_version
                       THEN after.base_price - before.base_price
                       ELSE round(after.cost * before.markup_ratio + before.fixed_fee, 2)
                            - round(before.cost * before.markup_ratio + before.fixed_fee, 2)
                       END AS by_supplier) AS moved
$$;
