-- Rules people can trust: one identity across versions, immutable versions, an audit that only grows.

ALTER TABLE pricing_rules DROP CONSTRAINT pricing_rules_pkey,
    -- A rule keeps its id in every version that has it.
    ADD PRIMARY KEY (rule_set_version, id),
    ADD name            text NOT NULL DEFAULT '',
    ADD supplier_name   text,
    ADD fixed_fee       numeric(12,2) NOT NULL DEFAULT 0,
    -- In force from the one (inclusive) until the other.
    ADD effective_from  timestamptz,
    ADD effective_until timestamptz,
    ADD CONSTRAINT pricing_rule_shapes_not_empty CHECK (cardinality(shapes) > 0),
    ADD CONSTRAINT pricing_rule_dates_not_empty CHECK (effective_until > effective_from),
    ADD CONSTRAINT lab_grown_agrees_with_stone_type CHECK ((stone_type = 'lab') = lab_grown);

ALTER TABLE pricing_rule_sets
    ADD rounding         text NOT NULL DEFAULT 'none'
        CONSTRAINT rounding_known CHECK (rounding IN ('none', 'up', 'charm')),
    -- A stone whose price would move by more than this percentage in one run waits for review; null lets all pass.
    ADD movement_limit   numeric(6,2) CONSTRAINT movement_limit_positive CHECK (movement_limit > 0),
    ADD copied_from      integer REFERENCES pricing_rule_sets,
    ADD created_by       text NOT NULL DEFAULT 'migration',
    ADD archived_at      timestamptz;

ALTER TABLE pricing_base_margins
    -- Percentages on cost that no price may go below or above, whatever the rules say.
    ADD margin_floor   numeric(7,2) CONSTRAINT margin_floor_above_minus_100 CHECK (margin_floor > -100),
    ADD margin_ceiling numeric(7,2),
    ADD CONSTRAINT ceiling_not_below_floor CHECK (margin_ceiling >= margin_floor),
    ADD CONSTRAINT margin_ceiling_above_minus_100 CHECK (margin_ceiling > -100);

ALTER TABLE rating_rules DROP CONSTRAINT rating_rules_pkey,
    ADD PRIMARY KEY (rule_set_version, id),
    ADD name                     text NOT NULL DEFAULT '',
    ADD effective_from           timestamptz,
    ADD effective_until          timestamptz,
    ADD lab_grown                boolean,
    ADD shapes                   text[],
    ADD colors                   text[],
    ADD clarities                text[],
    ADD cuts                     text[],
    ADD polishes                 text[],
    ADD symmetries               text[],
    ADD fluorescences            text[],
    ADD certificate_labs         text[],
    ADD girdles                  text[],
    ADD culets                   text[],
    ADD carat_min                numeric(6,2),
    ADD carat_below              numeric(6,2),
    ADD table_min                numeric(5,2),
    ADD table_below              numeric(5,2),
    ADD depth_min                numeric(5,2),
    ADD depth_below              numeric(5,2),
    ADD ratio_min                numeric(5,2),
    ADD ratio_below              numeric(5,2),
    ADD crown_angle_min          numeric(5,2),
    ADD crown_angle_below        numeric(5,2),
    ADD crown_height_min         numeric(5,2),
    ADD crown_height_below       numeric(5,2),
    ADD pavilion_angle_min       numeric(5,2),
    ADD pavilion_angle_below     numeric(5,2),
    ADD pavilion_depth_min       numeric(5,2),
    ADD pavilion_depth_below     numeric(5,2),
    ADD CONSTRAINT rating_rule_dates_not_empty CHECK (effective_until > effective_from),
    ADD CONSTRAINT rating_rule_lists_not_empty CHECK (0 NOT IN (
        COALESCE(cardinality(shapes), 1), COALESCE(cardinality(colors), 1), COALESCE(cardinality(clarities), 1),
        COALESCE(cardinality(cuts), 1), COALESCE(cardinality(polishes), 1), COALESCE(cardinality(symmetries), 1),
        COALESCE(cardinality(fluorescences), 1), COALESCE(cardinality(certificate_labs), 1),
        COALESCE(cardinality(girdles), 1), COALESCE(cardinality(culets), 1))),
    ADD CONSTRAINT rating_rule_ranges_not_empty CHECK (
        COALESCE(carat_below > carat_min, true) AND COALESCE(table_below > table_min, true)
        AND COALESCE(depth_below > depth_min, true) AND COALESCE(ratio_below > ratio_min, true)
        AND COALESCE(crown_angle_below > crown_angle_min, true) AND COALESCE(crown_height_below > crown_height_min, true)
        AND COALESCE(pavilion_angle_below > pavilion_angle_min, true)
        AND COALESCE(pavilion_depth_below > pavilion_depth_min, true));

ALTER TABLE rating_rule_sets
    ADD copied_from integer REFERENCES rating_rule_sets,
    ADD created_by  text NOT NULL DEFAULT 'migration',
    ADD archived_at timestamptz;

-- Who did what to the rules, and why; rows are only ever added.
CREATE TABLE rule_audit (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind             text NOT NULL CONSTRAINT rule_audit_kind_known CHECK (kind IN ('pricing', 'rating')),
    rule_set_version integer NOT NULL,
    action           text NOT NULL,
    actor            text NOT NULL,
    reason           text NOT NULL,
    difference       jsonb NOT NULL DEFAULT '{}',
    happened_at      timestamptz NOT NULL DEFAULT now()
);
-- list_audit: newest first, of one kind.
CREATE INDEX rule_audit_by_kind ON rule_audit (kind, id DESC);
ALTER TABLE rule_audit ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER rule_audit_only_grows BEFORE UPDATE OR DELETE ON rule_audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Only a draft's rules and margins may change; TG_ARGV names the table of their sets.
CREATE FUNCTION refuse_change_unless_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched integer[] := ARRAY[]::integer[];
    set_version integer;
    set_state text;
BEGIN
    IF TG_OP <> 'INSERT' THEN touched := touched || OLD.rule_set_version; END IF;
    IF TG_OP <> 'DELETE' THEN touched := touched || NEW.rule_set_version; END IF;
    FOREACH set_version IN ARRAY touched LOOP
        EXECUTE format('SELECT state FROM %I WHERE version = $1 FOR SHARE', TG_ARGV[0]) INTO set_state USING set_version;
        IF set_state <> 'draft' THEN
            RAISE EXCEPTION 'rule set % is % and cannot be edited', set_version, set_state
                  USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE TRIGGER pricing_rules_of_drafts_only BEFORE INSERT OR UPDATE OR DELETE ON pricing_rules
    FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_draft('pricing_rule_sets');
CREATE TRIGGER pricing_base_margins_of_drafts_only BEFORE INSERT OR UPDATE OR DELETE ON pricing_base_margins
    FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_draft('pricing_rule_sets');
CREATE TRIGGER rating_rules_of_drafts_only BEFORE INSERT OR UPDATE OR DELETE ON rating_rules
    FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_draft('rating_rule_sets');

-- A set that was ever active is kept as it was; only its state goes on: active, archived, active again.
CREATE FUNCTION refuse_change_of_used_set() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept_before jsonb := to_jsonb(OLD) - '{state,activated_at,archived_at}'::text[];
    kept_after  jsonb := to_jsonb(NEW) - '{state,activated_at,archived_at}'::text[];
BEGIN
    IF OLD.state <> 'draft' AND (NEW.state = 'draft' OR kept_before <> kept_after) THEN
        RAISE EXCEPTION 'rule set % is % and cannot be edited', OLD.version, OLD.state
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pricing_rule_sets_keep_history BEFORE UPDATE ON pricing_rule_sets
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_used_set();
CREATE TRIGGER rating_rule_sets_keep_history BEFORE UPDATE ON rating_rule_sets
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_used_set();
CREATE TRIGGER pricing_rule_sets_are_kept BEFORE DELETE ON pricing_rule_sets
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rating_rule_sets_are_kept BEFORE DELETE ON rating_rule_sets
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
