-- Pricing and rating rules in immutable, numbered sets; every price names the sets that made it.

CREATE TABLE pricing_rule_sets (
    version      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state        text NOT NULL DEFAULT 'draft' CONSTRAINT pricing_set_state_known CHECK (state IN ('draft', 'active', 'archived')),
    note         text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    activated_at timestamptz
);
CREATE UNIQUE INDEX pricing_rule_sets_one_active ON pricing_rule_sets (state) WHERE state = 'active';

-- Percentage points on cost where no rule says otherwise.
CREATE TABLE pricing_base_margins (
    rule_set_version integer NOT NULL REFERENCES pricing_rule_sets,
    stone_type       text NOT NULL CONSTRAINT base_margin_stone_type_known CHECK (stone_type IN ('natural', 'lab', 'fancy')),
    margin           numeric(6,2) NOT NULL CONSTRAINT base_margin_above_minus_100 CHECK (margin > -100),
    PRIMARY KEY (rule_set_version, stone_type)
);

CREATE TABLE pricing_rules (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    rule_set_version integer NOT NULL REFERENCES pricing_rule_sets,
    priority         integer NOT NULL DEFAULT 100,
    stone_type       text CONSTRAINT pricing_rule_stone_type_known CHECK (stone_type IN ('natural', 'lab', 'fancy')),
    feed             text,
    -- Cost brackets in US dollars, half-open: [price_min, price_below).
    price_min        numeric(12,2),
    price_below      numeric(12,2),
    carat_min        numeric(6,2),
    carat_below      numeric(6,2),
    shapes           text[],
    lab_grown        boolean,
    markup_ratio     numeric(9,4) CONSTRAINT markup_ratio_positive CHECK (markup_ratio > 0),
    margin_modifier  numeric(6,2),
    rating           smallint CONSTRAINT pricing_rule_rating_in_range CHECK (rating BETWEEN 1 AND 10),
    CONSTRAINT rule_gives_ratio_or_modifier CHECK (num_nonnulls(markup_ratio, margin_modifier) = 1),
    CONSTRAINT price_bracket_not_empty CHECK (price_below > price_min),
    CONSTRAINT carat_bracket_not_empty CHECK (carat_below > carat_min)
);
-- The order in which rules are tried.
CREATE INDEX pricing_rules_by_priority ON pricing_rules (rule_set_version, priority, id);

CREATE TABLE rating_rule_sets (
    version      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state        text NOT NULL DEFAULT 'draft' CONSTRAINT rating_set_state_known CHECK (state IN ('draft', 'active', 'archived')),
    note         text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    activated_at timestamptz
);
CREATE UNIQUE INDEX rating_rule_sets_one_active ON rating_rule_sets (state) WHERE state = 'active';

CREATE TABLE rating_rules (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    rule_set_version integer NOT NULL REFERENCES rating_rule_sets,
    priority         integer NOT NULL DEFAULT 100,
    feed             text,
    price_min        numeric(12,2),
    price_below      numeric(12,2),
    rating           smallint NOT NULL CONSTRAINT rating_rule_rating_in_range CHECK (rating BETWEEN 1 AND 10),
    CONSTRAINT rating_price_bracket_not_empty CHECK (price_below > price_min)
);
CREATE INDEX rating_rules_by_priority ON rating_rules (rule_set_version, priority, id);

-- What a shop starts with: 15 % on cost for every stone type, rating 5.
INSERT INTO pricing_rule_sets (state, note, activated_at) VALUES ('active', 'default: base margins only', now());
INSERT INTO pricing_base_margins (rule_set_version, stone_type, margin)
SELECT version, stone_type, 15 FROM pricing_rule_sets, unnest(ARRAY['natural', 'lab', 'fancy']) AS stone_type;
INSERT INTO rating_rule_sets (state, note, activated_at) VALUES ('active', 'default: one rule', now());
INSERT INTO rating_rules (rule_set_version, priority, rating) SELECT version, 1000, 5 FROM rating_rule_sets;
