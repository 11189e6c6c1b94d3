-- Made by ./opus migrate --dump-schema from sql/migrations; not edited by hand.

CREATE FUNCTION public.can_be_a_price_v1(price numeric) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT price > 0 AND price < 10000000000
$$;

CREATE FUNCTION public.carat_band_v1(carats numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (ARRAY[(0)::numeric, 0.04, 0.08, 0.15, 0.18, 0.23, 0.3, 0.4, 0.5, 0.7, 0.9, (1)::numeric, 1.5, (2)::numeric, (3)::numeric, (4)::numeric, (5)::numeric, (6)::numeric, (10)::numeric])[width_bucket(carats, ARRAY[(0)::numeric, 0.04, 0.08, 0.15, 0.18, 0.23, 0.3, 0.4, 0.5, 0.7, 0.9, (1)::numeric, 1.5, (2)::numeric, (3)::numeric, (4)::numeric, (5)::numeric, (6)::numeric, (10)::numeric])];

CREATE FUNCTION public.clarity_rank_v1(grade text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position('{FL,IF,VVS1,VVS2,VS1,VS2,SI1,SI2,SI3,I1,I2,I3}'::text[], grade);

CREATE FUNCTION public.color_rank_v1(grade text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position('{D,E,F,G,H,I,J,K,L,M,N,O,P,Q,R,S,T,U,V,W,X,Y,Z}'::text[], grade);

CREATE FUNCTION public.console_rows_v1(statement text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    BEGIN
        -- Restored under another owner it would be confined no more.
        IF has_table_privilege('public.api_keys', 'SELECT') THEN
            RAISE insufficient_privilege USING MESSAGE = 'the console is not confined to its views';
        END IF;
        RETURN QUERY EXECUTE 'SELECT row_to_json(asked)::text FROM (' || statement || ') AS asked';
    END
    $$;

CREATE FUNCTION public.cut_rank_v1(grade text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position('{ID,EX,VG,G,F,P}'::text[], grade);

CREATE FUNCTION public.end_return_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE customer_requests
       SET status = 'refunded', updated_at = now()
     WHERE refund_id = NEW.id AND status = 'received';
    RETURN NULL;
END
$$;

CREATE FUNCTION public.fluorescence_rank_v1(grade text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position('{NONE,FAINT,MEDIUM,STRONG,VERY_STRONG}'::text[], grade);

CREATE FUNCTION public.follow_machine_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    after_it text := to_jsonb(NEW) ->> TG_ARGV[1];
    before_it text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF after_it <> TG_ARGV[2] THEN
            RAISE EXCEPTION '% begins as %, not as %', TG_ARGV[0], TG_ARGV[2], after_it
                USING ERRCODE = 'check_violation', CONSTRAINT = 'machine_begins_at_its_beginning', TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END IF;
    before_it := to_jsonb(OLD) ->> TG_ARGV[1];
    IF after_it <> before_it AND NOT EXISTS (
        SELECT FROM allowed_transitions
         WHERE machine = TG_ARGV[0] AND from_state = before_it AND to_state = after_it)
    THEN
        RAISE EXCEPTION '% cannot go from % to %', TG_ARGV[0], before_it, after_it
            USING ERRCODE = 'check_violation', CONSTRAINT = 'machine_takes_allowed_steps', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.grades_apart_v1(one integer, other integer) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((one IS NULL) AND (other IS NULL)) THEN 0 ELSE COALESCE(abs((one - other)), 99) END;

CREATE FUNCTION public.keep_for_ever_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_is_kept', TABLE = TG_TABLE_NAME;
END
$$;

CREATE FUNCTION public.listed_price_v1(retail numeric, points integer, places integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN GREATEST(round(((retail * ((10000 + points))::numeric) * 0.0001), places), CASE places WHEN 0 THEN (1)::numeric ELSE 0.01 END);

CREATE FUNCTION public.move_catalogue_version() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM catalogue_touches WHERE id = NEW.id;
    UPDATE catalogue_version SET version = version + 1, changed_at = clock_timestamp();
    RETURN NULL;
END
$$;

CREATE FUNCTION public.note_changed_stones_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO stone_changes (kind, stones, size)
    SELECT kind, array_agg(id), count(*)
      FROM (SELECT after.id,
                   CASE WHEN after.status = 'deleted' THEN 'removed'
                        WHEN before.status = 'deleted' THEN 'added'
                        ELSE 'changed' END AS kind,
                   (row_number() OVER () - 1) / 1000 AS part
              FROM after
              JOIN before USING (id)
             WHERE after.status = 'active' OR before.status = 'active') AS numbered
     GROUP BY kind, part;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.note_new_stones_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO stone_changes (kind, stones, size)
    SELECT 'added', array_agg(id), count(*)
      FROM (SELECT id, (row_number() OVER () - 1) / 1000 AS part FROM after) AS numbered
     GROUP BY part;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.note_prices_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO stone_changes (kind, stones, size)
    SELECT TG_ARGV[0], array_agg(diamond_id), count(*)
      FROM (SELECT diamond_id, (row_number() OVER () - 1) / 1000 AS part FROM noted) AS numbered
     GROUP BY part;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.price_by_rule_v1(set_version integer, rule_id uuid, type_of_stone text, stone_cost numeric) RETURNS TABLE(pricing_rating smallint, markup_ratio numeric, fixed_fee numeric, floor_price numeric, ceiling_price numeric, formula_price numeric, base_price numeric, rule_price numeric)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
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

CREATE TABLE public.diamond_prices (
    diamond_id uuid NOT NULL,
    price_model_price numeric(12,2) NOT NULL,
    markup_ratio numeric(9,4) NOT NULL,
    pricing_rule_id uuid,
    pricing_rating smallint,
    rating smallint NOT NULL,
    pricing_rule_set_version integer NOT NULL,
    rating_rule_set_version integer NOT NULL,
    priced_at timestamp with time zone DEFAULT now() NOT NULL,
    cost numeric(12,2) NOT NULL,
    fixed_fee numeric(12,2) DEFAULT 0 NOT NULL,
    base_price numeric(12,2) NOT NULL,
    rule_price numeric(12,2) NOT NULL,
    override_id bigint,
    rating_rule_id uuid,
    mapper_version integer,
    payload_hash bytea,
    CONSTRAINT price_positive CHECK ((price_model_price > (0)::numeric)),
    CONSTRAINT pricing_rating_in_range CHECK (((pricing_rating >= 1) AND (pricing_rating <= 10))),
    CONSTRAINT rating_in_range CHECK (((rating >= 1) AND (rating <= 10)))
);

CREATE FUNCTION public.price_parts_v1(before public.diamond_prices, after public.diamond_prices) RETURNS TABLE(supplier_cost numeric, rule numeric, rounding numeric, override numeric, mapper numeric)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
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

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION public.refuse_change_of_used_set() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.refuse_change_unless_draft() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
$_$;

CREATE FUNCTION public.refuse_rewriting_history() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '400 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit_log is only ever added to';
END
$$;

CREATE FUNCTION public.shown_figure_v1(retail numeric) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN (COALESCE(current_setting('opus.price_points'::text, true), ''::text) = ''::text) THEN retail ELSE round(((retail * ((10000 + (current_setting('opus.price_points'::text))::integer))::numeric) * 0.0001), 2) END;

CREATE FUNCTION public.shown_price_v1(retail numeric) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN (COALESCE(current_setting('opus.price_points'::text, true), ''::text) = ''::text) THEN retail ELSE public.listed_price_v1(retail, (current_setting('opus.price_points'::text))::integer, (current_setting('opus.price_places'::text))::integer) END;

CREATE FUNCTION public.touch_catalogue() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        UPDATE catalogue_version SET reloads = reloads + 1;
        INSERT INTO catalogue_touches DEFAULT VALUES;
    ELSIF EXISTS (SELECT FROM changed) THEN
        INSERT INTO catalogue_touches DEFAULT VALUES;
    END IF;
    RETURN NULL;
END
$$;

CREATE TABLE public.allowed_transitions (
    machine text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL
);

CREATE TABLE public.api_keys (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    key_hash text,
    prefix text NOT NULL,
    client_name text NOT NULL,
    permissions text[] DEFAULT '{}'::text[] NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone,
    client_id uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text DEFAULT 'key'::text NOT NULL,
    price_list text,
    reads_per_minute integer,
    writes_per_minute integer,
    revoked_at timestamp with time zone,
    rotated_to uuid,
    CONSTRAINT client_name_not_blank CHECK ((btrim(client_name) <> ''::text)),
    CONSTRAINT kind_known CHECK ((kind = ANY (ARRAY['key'::text, 'signature'::text]))),
    CONSTRAINT only_keys_are_hashed CHECK (((kind = 'key'::text) = (key_hash IS NOT NULL))),
    CONSTRAINT reads_positive CHECK ((reads_per_minute > 0)),
    CONSTRAINT writes_positive CHECK ((writes_per_minute > 0))
);

CREATE TABLE public.audit_log (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    client_id uuid,
    client_name text,
    address text,
    operation text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    status integer NOT NULL,
    code text,
    trace_id text NOT NULL
);

ALTER TABLE public.audit_log ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.caller_failures (
    address text NOT NULL,
    failures integer NOT NULL,
    began_at timestamp with time zone NOT NULL,
    locked_until timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL
);

CREATE TABLE public.catalogue_touches (
    id bigint NOT NULL
);

ALTER TABLE public.catalogue_touches ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.catalogue_touches_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.catalogue_version (
    only_row boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    reloads bigint DEFAULT 0 NOT NULL,
    CONSTRAINT catalogue_version_one_row CHECK (only_row)
);

CREATE TABLE public.diamonds (
    id uuid NOT NULL,
    feed text NOT NULL,
    supplier_stone_id text NOT NULL,
    offer_id text NOT NULL,
    shape text NOT NULL,
    carats numeric(6,2),
    color text,
    clarity text,
    cut text,
    polish text,
    symmetry text,
    fluorescence_intensity text,
    fluorescence_color text,
    fancy_color text,
    fancy_intensity text,
    fancy_overtone text,
    lab_grown boolean NOT NULL,
    treated boolean DEFAULT false NOT NULL,
    stone_type text NOT NULL,
    feed_price numeric(12,2) NOT NULL,
    feed_price_per_carat numeric(12,2),
    feed_availability text DEFAULT 'available'::text NOT NULL,
    own_availability text,
    availability text GENERATED ALWAYS AS (COALESCE(own_availability, feed_availability)) STORED NOT NULL,
    certificate_lab text,
    certificate_number text,
    certificate_url text,
    image_url text,
    video_url text,
    length_mm numeric(6,2),
    width_mm numeric(6,2),
    depth_mm numeric(6,2),
    depth_pct numeric(5,2),
    table_pct numeric(5,2),
    ratio numeric(5,2) GENERATED ALWAYS AS (round((length_mm / NULLIF(width_mm, (0)::numeric)), 2)) STORED,
    supplier_name text,
    status text DEFAULT 'active'::text NOT NULL,
    content_hash bytea NOT NULL,
    source_updated_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    crown_angle numeric(5,2),
    crown_height numeric(5,2),
    pavilion_angle numeric(5,2),
    pavilion_depth numeric(5,2),
    girdle text,
    culet text,
    eye_clean boolean,
    milky text,
    brown_tinge text,
    green_tinge text,
    blue_tinge text,
    gray_tinge text,
    bowtie text,
    growth_type text,
    origin text,
    location text,
    delivery_days_min smallint,
    delivery_days_max smallint,
    return_days smallint,
    key_to_symbols text,
    comments text,
    image_urls text[],
    supplier_legal_name text,
    diamond_price numeric(12,2),
    raw_availability text,
    feed_hold_id text,
    CONSTRAINT carats_positive CHECK ((carats > (0)::numeric)),
    CONSTRAINT deleted_stones_say_when CHECK (((status = 'deleted'::text) = (deleted_at IS NOT NULL))),
    CONSTRAINT feed_availability_known CHECK ((feed_availability = ANY (ARRAY['available'::text, 'on_hold'::text, 'sold'::text, 'unavailable'::text]))),
    CONSTRAINT feed_price_positive CHECK ((feed_price > (0)::numeric)),
    CONSTRAINT own_availability_known CHECK ((own_availability = ANY (ARRAY['on_hold'::text, 'sold'::text]))),
    CONSTRAINT status_known CHECK ((status = ANY (ARRAY['active'::text, 'deleted'::text]))),
    CONSTRAINT stone_type_known CHECK ((stone_type = ANY (ARRAY['natural'::text, 'lab'::text, 'fancy'::text])))
);

CREATE VIEW public.console_diamonds AS
 SELECT diamond.id,
    diamond.feed,
    diamond.supplier_stone_id,
    diamond.offer_id,
    diamond.supplier_name,
    diamond.shape,
    diamond.carats,
    diamond.color,
    diamond.clarity,
    diamond.cut,
    diamond.polish,
    diamond.symmetry,
    diamond.fluorescence_intensity,
    diamond.fancy_color,
    diamond.fancy_intensity,
    diamond.lab_grown,
    diamond.stone_type,
    diamond.status,
    diamond.availability,
    diamond.certificate_lab,
    diamond.certificate_number,
    diamond.feed_price,
    price.markup_ratio,
    price.price_model_price AS price,
    price.rating,
    price.pricing_rule_id,
    price.pricing_rule_set_version,
    diamond.created_at,
    diamond.updated_at,
    diamond.deleted_at,
    price.priced_at
   FROM (public.diamonds diamond
     JOIN public.diamond_prices price ON ((price.diamond_id = diamond.id)));

CREATE TABLE public.error_logs (
    service text NOT NULL,
    fingerprint text NOT NULL,
    message text NOT NULL,
    context jsonb DEFAULT '{}'::jsonb NOT NULL,
    count bigint DEFAULT 1 NOT NULL,
    first_seen timestamp with time zone DEFAULT now() NOT NULL,
    last_seen timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT count_positive CHECK ((count > 0))
);

CREATE VIEW public.console_errors AS
 SELECT service,
    fingerprint,
    message,
    count,
    first_seen,
    last_seen
   FROM public.error_logs;

CREATE TABLE public.partition_progress (
    run_id uuid NOT NULL,
    partition_id text NOT NULL,
    range_low numeric(12,2) NOT NULL,
    range_high numeric(12,2),
    expected integer NOT NULL,
    next_offset integer DEFAULT 0 NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    completed boolean GENERATED ALWAYS AS ((status = 'completed'::text)) STORED NOT NULL,
    failed boolean GENERATED ALWAYS AS ((status = 'failed'::text)) STORED NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    error text,
    pages integer DEFAULT 0 NOT NULL,
    fetched integer DEFAULT 0 NOT NULL,
    new integer DEFAULT 0 NOT NULL,
    changed integer DEFAULT 0 NOT NULL,
    unchanged integer DEFAULT 0 NOT NULL,
    duplicate integer DEFAULT 0 NOT NULL,
    quarantined integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    anchor text,
    rewinds integer DEFAULT 0 NOT NULL,
    updated_from timestamp with time zone,
    CONSTRAINT every_fetched_stone_is_accounted_for CHECK ((fetched = ((((new + changed) + unchanged) + duplicate) + quarantined))),
    CONSTRAINT partition_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT range_not_empty CHECK (((range_high IS NULL) OR (range_high > range_low)))
);

CREATE VIEW public.console_partitions AS
 SELECT run_id,
    partition_id,
    range_low,
    range_high,
    status,
    attempt,
    expected,
    next_offset,
    pages,
    rewinds,
    fetched,
    new,
    changed,
    unchanged,
    duplicate,
    quarantined,
    error,
    updated_at
   FROM public.partition_progress;

CREATE TABLE public.price_changes (
    id bigint NOT NULL,
    diamond_id uuid NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    origin text NOT NULL,
    origin_id uuid,
    old_price numeric(12,2) NOT NULL,
    old_rule_price numeric(12,2) NOT NULL,
    old_base_price numeric(12,2) NOT NULL,
    old_cost numeric(12,2) NOT NULL,
    old_markup_ratio numeric(9,4) NOT NULL,
    old_fixed_fee numeric(12,2) NOT NULL,
    old_pricing_rule_id uuid,
    old_pricing_rating smallint,
    old_rating smallint NOT NULL,
    old_pricing_rule_set_version integer NOT NULL,
    old_override_id bigint,
    old_mapper_version integer,
    old_payload_hash bytea,
    old_priced_at timestamp with time zone NOT NULL,
    new_price numeric(12,2),
    new_markup_ratio numeric(9,4),
    new_pricing_rule_id uuid,
    new_rating smallint,
    supplier_cost numeric(12,2) DEFAULT 0 NOT NULL,
    rule numeric(12,2) DEFAULT 0 NOT NULL,
    rate numeric(12,2) DEFAULT 0 NOT NULL,
    rounding numeric(12,2) DEFAULT 0 NOT NULL,
    override numeric(12,2) DEFAULT 0 NOT NULL,
    mapper numeric(12,2) DEFAULT 0 NOT NULL,
    CONSTRAINT price_change_origin_known CHECK ((origin = ANY (ARRAY['ingest'::text, 'reapply'::text, 'revert'::text, 'override'::text, 'schedule'::text, 'review'::text, 'quarantine'::text]))),
    CONSTRAINT the_parts_are_the_whole CHECK (((new_price - old_price) = (((((supplier_cost + rule) + rate) + rounding) + override) + mapper)))
);

CREATE VIEW public.console_price_changes AS
 SELECT id,
    diamond_id,
    changed_at,
    origin,
    origin_id,
    old_price,
    new_price,
    (new_price - old_price) AS moved,
    supplier_cost,
    rule,
    rate,
    rounding,
    override,
    mapper,
    old_rating,
    new_rating
   FROM public.price_changes;

CREATE TABLE public.quarantine (
    id bigint NOT NULL,
    feed text NOT NULL,
    supplier_stone_id text,
    field text NOT NULL,
    reason text NOT NULL,
    payload json NOT NULL,
    payload_hash bytea NOT NULL,
    mapper_version integer NOT NULL,
    first_run_id uuid NOT NULL,
    last_run_id uuid NOT NULL,
    seen integer DEFAULT 1 NOT NULL,
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    resolved_at timestamp with time zone,
    diamond_id uuid,
    resolution text,
    resolved_by_run uuid,
    CONSTRAINT quarantine_resolution_known CHECK ((resolution = ANY (ARRAY['moved'::text, 'superseded'::text, 'gone'::text])))
);

CREATE VIEW public.console_quarantine AS
 SELECT id,
    feed,
    supplier_stone_id,
    field,
    reason,
    mapper_version,
    seen,
    first_seen_at,
    last_seen_at,
    resolved_at
   FROM public.quarantine;

CREATE TABLE public.run_metadata (
    run_id uuid NOT NULL,
    feed text NOT NULL,
    provider text NOT NULL,
    run_type text NOT NULL,
    status text DEFAULT 'running'::text NOT NULL,
    phase text DEFAULT 'counting'::text NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    cancel_requested_at timestamp with time zone,
    requested_by text NOT NULL,
    watermark_before timestamp with time zone,
    read_from timestamp with time zone,
    captured_at timestamp with time zone NOT NULL,
    watermark_after timestamp with time zone,
    expected integer,
    count_calls integer DEFAULT 0 NOT NULL,
    active_before integer NOT NULL,
    active_after integer,
    inserted integer DEFAULT 0 NOT NULL,
    updated integer DEFAULT 0 NOT NULL,
    resurrected integer DEFAULT 0 NOT NULL,
    untouched integer DEFAULT 0 NOT NULL,
    removed integer DEFAULT 0 NOT NULL,
    sweep text DEFAULT 'not_due'::text NOT NULL,
    sweep_reason text,
    proof jsonb DEFAULT '{}'::jsonb NOT NULL,
    error text,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    attempt_started_at timestamp with time zone DEFAULT now() NOT NULL,
    consolidation_started_at timestamp with time zone,
    consolidation_completed_at timestamp with time zone,
    completed_at timestamp with time zone,
    grace_started_at timestamp with time zone,
    forced_by text,
    range_low numeric(12,2),
    range_high numeric(12,2),
    doubts jsonb,
    refused text,
    CONSTRAINT closed_runs_say_when CHECK (((status = 'running'::text) = (completed_at IS NULL))),
    CONSTRAINT completed_runs_balance CHECK (((status <> 'completed'::text) OR ((((active_before + inserted) + resurrected) - removed) = active_after))),
    CONSTRAINT only_completed_runs_move_the_watermark CHECK (((watermark_after IS NULL) OR (status = 'completed'::text))),
    CONSTRAINT run_phase_known CHECK ((phase = ANY (ARRAY['counting'::text, 'fetching'::text, 'consolidating'::text, 'closing'::text, 'closed'::text]))),
    CONSTRAINT run_status_known CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'partial'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT run_type_known CHECK ((run_type = ANY (ARRAY['full'::text, 'incremental'::text, 'backfill'::text, 'reconsolidate'::text, 'replay'::text]))),
    CONSTRAINT sweep_known CHECK ((sweep = ANY (ARRAY['not_due'::text, 'done'::text, 'refused'::text, 'waiting'::text, 'approved'::text, 'rejected'::text])))
);

CREATE VIEW public.console_runs AS
 SELECT run_id,
    feed,
    provider,
    run_type,
    status,
    phase,
    attempt,
    requested_by,
    forced_by,
    expected,
    count_calls,
    active_before,
    active_after,
    inserted,
    updated,
    resurrected,
    untouched,
    removed,
    sweep,
    sweep_reason,
    error,
    watermark_before,
    watermark_after,
    started_at,
    completed_at
   FROM public.run_metadata;

CREATE TABLE public.consolidation_queue (
    feed text NOT NULL,
    diamond_id uuid NOT NULL
);

CREATE TABLE public.customer_requests (
    number bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    purchase_id uuid,
    diamond_id uuid NOT NULL,
    client_name text NOT NULL,
    by_link boolean DEFAULT false NOT NULL,
    message text NOT NULL,
    contact text,
    status text DEFAULT 'requested'::text NOT NULL,
    answer text,
    decided_by text,
    refund_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT only_received_stones_are_refunded CHECK (((refund_id IS NULL) OR (status = ANY (ARRAY['received'::text, 'refunded'::text])))),
    CONSTRAINT refused_requests_say_why CHECK (((status <> 'refused'::text) OR (answer IS NOT NULL))),
    CONSTRAINT request_kind_known CHECK ((kind = ANY (ARRAY['return'::text, 'question'::text]))),
    CONSTRAINT request_status_known CHECK ((status = ANY (ARRAY['requested'::text, 'approved'::text, 'received'::text, 'refunded'::text, 'refused'::text, 'cancelled'::text, 'answered'::text, 'closed'::text]))),
    CONSTRAINT returns_are_of_purchases CHECK (((kind <> 'return'::text) OR (purchase_id IS NOT NULL))),
    CONSTRAINT something_is_said CHECK ((btrim(message) <> ''::text))
);

ALTER TABLE public.customer_requests ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.customer_requests_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.dataset_versions (
    feed text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.dead_letters (
    id bigint NOT NULL,
    queue text NOT NULL,
    message_id text NOT NULL,
    body text NOT NULL,
    reason text NOT NULL,
    deliveries integer NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    requeued_at timestamp with time zone,
    requeued_by text
);

ALTER TABLE public.dead_letters ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.dead_letters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.deadlines (
    id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    escalate_at timestamp with time zone NOT NULL,
    default_action text NOT NULL,
    escalated_at timestamp with time zone,
    met_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT people_hear_before_it_is_due CHECK ((escalate_at <= due_at))
);

ALTER TABLE public.deadlines ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.deadlines_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.demo_feed_holds (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    stone_id text NOT NULL,
    hold_until timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    cancelled_at timestamp with time zone
);

CREATE TABLE public.demo_feed_inventory (
    id uuid NOT NULL,
    stone_id text NOT NULL,
    weight_ct numeric(6,2) NOT NULL,
    stone_shape text NOT NULL,
    stone_color text NOT NULL,
    stone_clarity text NOT NULL,
    cut_grade text,
    polish_grade text,
    symmetry_grade text,
    fluorescence_level text,
    asking_price_usd numeric(12,2) NOT NULL,
    price_per_ct_usd numeric(12,2) NOT NULL,
    depth_pct numeric(5,2),
    table_pct numeric(5,2),
    length_mm numeric(6,2),
    width_mm numeric(6,2),
    depth_mm numeric(6,2),
    is_lab_created boolean DEFAULT false NOT NULL,
    is_treated boolean DEFAULT false NOT NULL,
    availability_status text DEFAULT 'available'::text NOT NULL,
    cert_lab text,
    cert_number text,
    image_link text,
    vendor_name text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT demo_feed_availability_known CHECK ((availability_status = ANY (ARRAY['available'::text, 'on_hold'::text, 'sold'::text]))),
    CONSTRAINT demo_feed_price_positive CHECK ((asking_price_usd > (0)::numeric))
);

CREATE TABLE public.demo_feed_knobs (
    only_row boolean DEFAULT true NOT NULL,
    knobs jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT demo_feed_knobs_one_row CHECK (only_row)
);

CREATE TABLE public.demo_feed_orders (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    stone_id text NOT NULL,
    price_usd numeric(12,2) NOT NULL,
    reference text NOT NULL,
    comments text,
    destination_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.disputes (
    id text NOT NULL,
    purchase_id uuid NOT NULL,
    amount_cents bigint NOT NULL,
    reason text NOT NULL,
    status text NOT NULL,
    respond_by timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT dispute_positive CHECK ((amount_cents > 0)),
    CONSTRAINT dispute_status_known CHECK ((status = ANY (ARRAY['needs_response'::text, 'under_review'::text, 'won'::text, 'lost'::text, 'withdrawn'::text])))
);

CREATE TABLE public.exchange_rates (
    base text NOT NULL,
    quote text NOT NULL,
    rated_on date NOT NULL,
    rate numeric(20,10) NOT NULL,
    source text NOT NULL,
    fetched_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT base_is_a_code CHECK ((base ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT currencies_differ CHECK ((base <> quote)),
    CONSTRAINT quote_is_a_code CHECK ((quote ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT rate_positive CHECK ((rate > (0)::numeric))
);

CREATE TABLE public.exports (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid NOT NULL,
    requested_by text NOT NULL,
    format text NOT NULL,
    changes_from text NOT NULL,
    last_id uuid,
    parts integer DEFAULT 0 NOT NULL,
    stones bigint DEFAULT 0 NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    leased_until timestamp with time zone DEFAULT now() NOT NULL,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    price_points integer,
    price_places integer,
    CONSTRAINT export_format_known CHECK ((format = ANY (ARRAY['ndjson'::text, 'csv'::text])))
);

CREATE TABLE public.hold_history (
    id bigint NOT NULL,
    hold_id uuid NOT NULL,
    diamond_id uuid NOT NULL,
    feed text NOT NULL,
    feed_hold_id text,
    offer_id text NOT NULL,
    status text NOT NULL,
    event text NOT NULL,
    denied boolean DEFAULT false NOT NULL,
    hold_until timestamp with time zone,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.hold_history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.hold_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.holds (
    id uuid NOT NULL,
    client_name text NOT NULL,
    client_key text,
    requested_diamond_id uuid NOT NULL,
    diamond_id uuid NOT NULL,
    feed text NOT NULL,
    supplier_stone_id text NOT NULL,
    offer_id text NOT NULL,
    certificate_lab text,
    certificate_number text,
    status text DEFAULT 'requesting'::text NOT NULL,
    price numeric(12,2) NOT NULL,
    quoted boolean DEFAULT false NOT NULL,
    cost numeric(12,2) NOT NULL,
    asked_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    supplier_hold_id text,
    supplier_until timestamp with time zone,
    give_back boolean DEFAULT false NOT NULL,
    claimed_until timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    refusal text,
    purchase_id uuid,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    price_points integer,
    price_places integer,
    CONSTRAINT ended_holds_say_when CHECK (((status = ANY (ARRAY['denied'::text, 'refused'::text, 'released'::text, 'expired'::text, 'bought'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT hold_price_positive CHECK ((price > (0)::numeric)),
    CONSTRAINT hold_status_known CHECK ((status = ANY (ARRAY['requesting'::text, 'active'::text, 'denied'::text, 'refused'::text, 'released'::text, 'expired'::text, 'bought'::text]))),
    CONSTRAINT refusals_say_why CHECK (((status <> ALL (ARRAY['denied'::text, 'refused'::text])) OR (refusal IS NOT NULL)))
);

CREATE TABLE public.idempotency_keys (
    client_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    claim_id uuid NOT NULL,
    claimed_until timestamp with time zone NOT NULL,
    status integer,
    content_type text,
    body bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT answered_whole CHECK ((num_nulls(status, content_type, body) = ANY (ARRAY[0, 3]))),
    CONSTRAINT key_fits_a_header CHECK (((length(key) >= 1) AND (length(key) <= 255)))
);

CREATE TABLE public.incidents (
    id bigint NOT NULL,
    kind text NOT NULL,
    purchase_id uuid,
    subject text NOT NULL,
    summary text NOT NULL,
    evidence jsonb NOT NULL,
    allowed_actions text[] NOT NULL,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    action text,
    note text,
    decided_by text,
    decided_at timestamp with time zone,
    CONSTRAINT decided_as_allowed CHECK (((action IS NULL) OR (action = ANY (allowed_actions)))),
    CONSTRAINT decided_incidents_say_who CHECK ((num_nulls(action, decided_by, decided_at) = ANY (ARRAY[0, 3]))),
    CONSTRAINT somebody_can_do_something CHECK ((cardinality(allowed_actions) > 0))
);

ALTER TABLE public.incidents ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.incidents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.market_index (
    taken_on date NOT NULL,
    shape text NOT NULL,
    stone_type text NOT NULL,
    carats_from numeric(6,2) NOT NULL,
    stones integer NOT NULL,
    median numeric(12,2) NOT NULL,
    lower_quartile numeric(12,2) NOT NULL,
    upper_quartile numeric(12,2) NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    CONSTRAINT stones_positive CHECK ((stones > 0))
);

CREATE TABLE public.nightly_turns (
    feed text NOT NULL,
    night date NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    skipped_at timestamp with time zone
);

CREATE TABLE public.outbox (
    id bigint NOT NULL,
    destination text NOT NULL,
    category text NOT NULL,
    incident_key text NOT NULL,
    feed text,
    payload jsonb NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    given_up_at timestamp with time zone,
    last_error text,
    webhook_id uuid,
    CONSTRAINT destination_known CHECK ((destination = ANY (ARRAY['slack'::text, 'email'::text, 'log'::text, 'bus'::text, 'webhook'::text]))),
    CONSTRAINT incident_key_fits_a_header CHECK (((length(incident_key) >= 1) AND (length(incident_key) <= 256))),
    CONSTRAINT sent_or_given_up CHECK (((sent_at IS NULL) OR (given_up_at IS NULL))),
    CONSTRAINT webhooks_only_for_webhooks CHECK (((destination = 'webhook'::text) = (webhook_id IS NOT NULL)))
);

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.own_stock (
    key text NOT NULL,
    price numeric(12,2) NOT NULL,
    payload jsonb NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

CREATE TABLE public.payload_fields (
    id bigint NOT NULL,
    feed text NOT NULL,
    path text NOT NULL,
    type text NOT NULL,
    first_run_id uuid NOT NULL,
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    sample text NOT NULL,
    drift text,
    types_before text[] DEFAULT '{}'::text[] NOT NULL,
    policy text,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    CONSTRAINT payload_acknowledged_by_somebody CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL))),
    CONSTRAINT payload_drift_has_policy CHECK (((drift IS NULL) = (policy IS NULL))),
    CONSTRAINT payload_drift_known CHECK ((drift = ANY (ARRAY['new_field'::text, 'type_changed'::text]))),
    CONSTRAINT payload_policy_known CHECK ((policy = ANY (ARRAY['warn'::text, 'quarantine'::text, 'fail'::text]))),
    CONSTRAINT payload_sample_short CHECK ((length(sample) <= 100)),
    CONSTRAINT payload_type_known CHECK ((type = ANY (ARRAY['object'::text, 'array'::text, 'string'::text, 'number'::text, 'boolean'::text, 'null'::text])))
);

ALTER TABLE public.payload_fields ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.payload_fields_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.payment_events (
    id text NOT NULL,
    type text NOT NULL,
    purchase_id uuid,
    payload jsonb NOT NULL,
    deliveries integer DEFAULT 1 NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.price_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.price_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.price_density (
    scan_id uuid NOT NULL,
    feed text NOT NULL,
    scan_type text NOT NULL,
    range_low numeric(12,2) NOT NULL,
    range_high numeric(12,2),
    stones integer NOT NULL,
    scanned_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.price_lists (
    name text NOT NULL,
    points integer NOT NULL,
    places integer DEFAULT 2 NOT NULL,
    valid_from timestamp with time zone DEFAULT now() NOT NULL,
    valid_until timestamp with time zone,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text NOT NULL,
    CONSTRAINT places_known CHECK ((places = ANY (ARRAY[0, 2]))),
    CONSTRAINT points_bounded CHECK (((points >= '-5000'::integer) AND (points <= 10000))),
    CONSTRAINT price_list_begins_before_it_ends CHECK ((valid_until > valid_from)),
    CONSTRAINT price_list_named CHECK ((name <> ''::text))
);

CREATE TABLE public.price_overrides (
    id bigint NOT NULL,
    diamond_id uuid NOT NULL,
    price numeric(12,2) NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    ended_at timestamp with time zone,
    ended_by text,
    CONSTRAINT override_ends_after_it_begins CHECK ((expires_at > created_at)),
    CONSTRAINT override_positive CHECK ((price > (0)::numeric)),
    CONSTRAINT override_reason_given CHECK ((btrim(reason) <> ''::text))
);

ALTER TABLE public.price_overrides ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.price_overrides_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.price_reviews (
    diamond_id uuid NOT NULL,
    old_price numeric(12,2) NOT NULL,
    proposed_price numeric(12,2) NOT NULL,
    cost numeric(12,2) NOT NULL,
    movement numeric(12,2) NOT NULL,
    run_id uuid,
    held_at timestamp with time zone DEFAULT now() NOT NULL,
    decision text,
    decided_by text,
    decided_at timestamp with time zone,
    CONSTRAINT decided_reviews_say_who CHECK ((num_nulls(decision, decided_by, decided_at) = ANY (ARRAY[0, 3]))),
    CONSTRAINT price_review_decision_known CHECK ((decision = ANY (ARRAY['approved'::text, 'rejected'::text])))
);

CREATE TABLE public.pricing_base_margins (
    rule_set_version integer NOT NULL,
    stone_type text NOT NULL,
    margin numeric(6,2) NOT NULL,
    margin_floor numeric(7,2),
    margin_ceiling numeric(7,2),
    CONSTRAINT base_margin_above_minus_100 CHECK ((margin > ('-100'::integer)::numeric)),
    CONSTRAINT base_margin_stone_type_known CHECK ((stone_type = ANY (ARRAY['natural'::text, 'lab'::text, 'fancy'::text]))),
    CONSTRAINT ceiling_not_below_floor CHECK ((margin_ceiling >= margin_floor)),
    CONSTRAINT margin_ceiling_above_minus_100 CHECK ((margin_ceiling > ('-100'::integer)::numeric)),
    CONSTRAINT margin_floor_above_minus_100 CHECK ((margin_floor > ('-100'::integer)::numeric))
);

CREATE TABLE public.reapply_jobs (
    id uuid NOT NULL,
    kind text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    direction text DEFAULT 'apply'::text NOT NULL,
    rule_set_version integer NOT NULL,
    previous_version integer,
    trigger_type text NOT NULL,
    triggered_by_rule_id uuid,
    trigger_rule_snapshot jsonb,
    requested_by text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    total_diamonds integer NOT NULL,
    processed_diamonds integer DEFAULT 0 NOT NULL,
    updated_diamonds integer DEFAULT 0 NOT NULL,
    failed_diamonds integer DEFAULT 0 NOT NULL,
    reverted_diamonds integer DEFAULT 0 NOT NULL,
    kept_diamonds integer DEFAULT 0 NOT NULL,
    feeds_affected text[] DEFAULT '{}'::text[] NOT NULL,
    done_to uuid,
    attempt integer DEFAULT 1 NOT NULL,
    retry_count integer DEFAULT 0 NOT NULL,
    next_retry_at timestamp with time zone,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    last_progress_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    reverted_at timestamp with time zone,
    CONSTRAINT reapply_direction_known CHECK ((direction = ANY (ARRAY['apply'::text, 'revert'::text]))),
    CONSTRAINT reapply_kind_known CHECK ((kind = ANY (ARRAY['pricing'::text, 'rating'::text]))),
    CONSTRAINT reapply_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text, 'reverted'::text]))),
    CONSTRAINT reapply_trigger_known CHECK ((trigger_type = ANY (ARRAY['manual'::text, 'activation'::text, 'rule_create'::text, 'rule_update'::text, 'rule_delete'::text, 'schedule'::text])))
);

CREATE VIEW public.pricing_reapply_jobs WITH (security_invoker='true') AS
 SELECT id,
    kind,
    status,
    direction,
    rule_set_version,
    previous_version,
    trigger_type,
    triggered_by_rule_id,
    trigger_rule_snapshot,
    requested_by,
    reason,
    total_diamonds,
    processed_diamonds,
    updated_diamonds,
    failed_diamonds,
    reverted_diamonds,
    kept_diamonds,
    feeds_affected,
    done_to,
    attempt,
    retry_count,
    next_retry_at,
    error,
    created_at,
    started_at,
    last_progress_at,
    completed_at,
    reverted_at
   FROM public.reapply_jobs
  WHERE (kind = 'pricing'::text);

CREATE VIEW public.pricing_reapply_snapshots WITH (security_invoker='true') AS
 SELECT origin_id AS job_id,
    diamond_id,
    old_price AS old_price_model_price,
    new_price AS new_price_model_price,
    old_markup_ratio,
    new_markup_ratio,
    old_rating,
    new_rating,
    changed_at AS created_at
   FROM public.price_changes
  WHERE (origin = 'reapply'::text);

CREATE TABLE public.pricing_rule_sets (
    version integer NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    activated_at timestamp with time zone,
    rounding text DEFAULT 'none'::text NOT NULL,
    movement_limit numeric(6,2),
    copied_from integer,
    created_by text DEFAULT 'migration'::text NOT NULL,
    archived_at timestamp with time zone,
    CONSTRAINT movement_limit_positive CHECK ((movement_limit > (0)::numeric)),
    CONSTRAINT pricing_set_state_known CHECK ((state = ANY (ARRAY['draft'::text, 'active'::text, 'archived'::text]))),
    CONSTRAINT rounding_known CHECK ((rounding = ANY (ARRAY['none'::text, 'up'::text, 'charm'::text])))
);

ALTER TABLE public.pricing_rule_sets ALTER COLUMN version ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.pricing_rule_sets_version_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.pricing_rules (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    rule_set_version integer NOT NULL,
    priority integer DEFAULT 100 NOT NULL,
    stone_type text,
    feed text,
    price_min numeric(12,2),
    price_below numeric(12,2),
    carat_min numeric(6,2),
    carat_below numeric(6,2),
    shapes text[],
    lab_grown boolean,
    markup_ratio numeric(9,4),
    margin_modifier numeric(6,2),
    rating smallint,
    name text DEFAULT ''::text NOT NULL,
    supplier_name text,
    fixed_fee numeric(12,2) DEFAULT 0 NOT NULL,
    effective_from timestamp with time zone,
    effective_until timestamp with time zone,
    CONSTRAINT carat_bracket_not_empty CHECK ((carat_below > carat_min)),
    CONSTRAINT lab_grown_agrees_with_stone_type CHECK (((stone_type = 'lab'::text) = lab_grown)),
    CONSTRAINT markup_ratio_positive CHECK ((markup_ratio > (0)::numeric)),
    CONSTRAINT price_bracket_not_empty CHECK ((price_below > price_min)),
    CONSTRAINT pricing_rule_dates_not_empty CHECK ((effective_until > effective_from)),
    CONSTRAINT pricing_rule_rating_in_range CHECK (((rating >= 1) AND (rating <= 10))),
    CONSTRAINT pricing_rule_shapes_not_empty CHECK ((cardinality(shapes) > 0)),
    CONSTRAINT pricing_rule_stone_type_known CHECK ((stone_type = ANY (ARRAY['natural'::text, 'lab'::text, 'fancy'::text]))),
    CONSTRAINT rule_gives_ratio_or_modifier CHECK ((num_nonnulls(markup_ratio, margin_modifier) = 1))
);

CREATE VIEW public.shown_prices WITH (security_invoker='true') AS
 SELECT diamond_id,
    (public.shown_price_v1(price_model_price))::numeric(12,2) AS price_model_price,
    cost,
    markup_ratio,
    rating,
    pricing_rule_set_version,
    priced_at
   FROM public.diamond_prices;

CREATE VIEW public.public_stones WITH (security_invoker='true') AS
 SELECT diamond.id,
    diamond.shape,
    diamond.carats,
    diamond.color,
    diamond.clarity,
    diamond.cut,
    diamond.polish,
    diamond.symmetry,
    diamond.fluorescence_intensity,
    diamond.fluorescence_color,
    diamond.fancy_color,
    diamond.fancy_intensity,
    diamond.fancy_overtone,
    diamond.lab_grown,
    diamond.growth_type,
    diamond.treated,
    diamond.stone_type,
    diamond.availability,
    price.price_model_price AS price,
    round((price.price_model_price / diamond.carats), 2) AS price_per_carat,
    price.rating,
    diamond.certificate_lab,
    diamond.certificate_number,
    diamond.certificate_url,
    diamond.image_url,
    diamond.image_urls,
    diamond.video_url,
    diamond.length_mm,
    diamond.width_mm,
    diamond.depth_mm,
    diamond.depth_pct,
    diamond.table_pct,
    diamond.ratio,
    diamond.crown_angle,
    diamond.crown_height,
    diamond.pavilion_angle,
    diamond.pavilion_depth,
    diamond.girdle,
    diamond.culet,
    diamond.eye_clean,
    diamond.milky,
    diamond.brown_tinge,
    diamond.green_tinge,
    diamond.blue_tinge,
    diamond.gray_tinge,
    diamond.bowtie,
    diamond.origin,
    diamond.location,
    diamond.delivery_days_min,
    diamond.delivery_days_max,
    diamond.return_days,
    diamond.key_to_symbols,
    diamond.created_at,
    diamond.updated_at,
    public.color_rank_v1(diamond.color) AS color_rank,
    public.clarity_rank_v1(diamond.clarity) AS clarity_rank,
    public.cut_rank_v1(diamond.cut) AS cut_rank
   FROM (public.diamonds diamond
     JOIN public.shown_prices price ON ((price.diamond_id = diamond.id)))
  WHERE (diamond.status = 'active'::text);

CREATE TABLE public.purchase_events (
    id bigint NOT NULL,
    purchase_id uuid NOT NULL,
    event text NOT NULL,
    order_status text NOT NULL,
    payment_status text NOT NULL,
    supplier_order text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.purchase_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.purchase_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.purchases (
    id uuid NOT NULL,
    number bigint NOT NULL,
    order_number text GENERATED ALWAYS AS (('DO-'::text || (number)::text)) STORED NOT NULL,
    kind text NOT NULL,
    client_name text NOT NULL,
    client_key text NOT NULL,
    diamond_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    price numeric(12,2) NOT NULL,
    reference text,
    comments text,
    destination_id text,
    order_status text DEFAULT 'pending'::text NOT NULL,
    payment_status text DEFAULT 'none'::text NOT NULL,
    supplier_order text DEFAULT 'not_asked'::text NOT NULL,
    supplier_order_id text,
    failure text,
    cancel_reason text,
    currency text DEFAULT 'usd'::text NOT NULL,
    amount_cents bigint,
    rate numeric,
    rated_on date,
    customer jsonb DEFAULT '{}'::jsonb NOT NULL,
    session_status text DEFAULT 'none'::text NOT NULL,
    session_id text,
    session_url text,
    session_expires_at timestamp with time zone,
    payment_intent_id text,
    authorised_cents bigint,
    captured_cents bigint DEFAULT 0 NOT NULL,
    refunded_cents bigint DEFAULT 0 NOT NULL,
    capture_before timestamp with time zone,
    payment_attempt integer DEFAULT 1 NOT NULL,
    news_at timestamp with time zone,
    looked_at timestamp with time zone,
    claim uuid,
    claimed_until timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    next_look_at timestamp with time zone DEFAULT now(),
    failures integer DEFAULT 0 NOT NULL,
    last_error text,
    turns integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    news_seen_at timestamp with time zone,
    supplier_news_at timestamp with time zone,
    supplier_news_seen_at timestamp with time zone,
    tax_cents bigint DEFAULT 0 NOT NULL,
    return_days smallint,
    CONSTRAINT amount_positive CHECK ((amount_cents > 0)),
    CONSTRAINT captured_what_was_authorised CHECK (((captured_cents >= 0) AND (captured_cents <= COALESCE(authorised_cents, (0)::bigint)))),
    CONSTRAINT checkouts_have_an_amount CHECK (((kind = 'partner'::text) OR (amount_cents IS NOT NULL))),
    CONSTRAINT currency_is_lower_case CHECK ((currency = lower(currency))),
    CONSTRAINT ended_purchases_say_when CHECK (((order_status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT no_capture_without_an_order CHECK (((payment_status <> ALL (ARRAY['captured'::text, 'refunded'::text])) OR (supplier_order_id IS NOT NULL))),
    CONSTRAINT no_money_kept_without_a_stone CHECK (((order_status <> ALL (ARRAY['failed'::text, 'cancelled'::text])) OR (payment_status <> ALL (ARRAY['authorised'::text, 'captured'::text])))),
    CONSTRAINT no_order_without_the_supplier CHECK (((order_status <> ALL (ARRAY['confirmed'::text, 'completed'::text])) OR ((supplier_order = 'placed'::text) AND (supplier_order_id IS NOT NULL)))),
    CONSTRAINT no_stone_without_money CHECK (((order_status <> 'completed'::text) OR (kind = 'partner'::text) OR (payment_status = ANY (ARRAY['captured'::text, 'refunded'::text])))),
    CONSTRAINT order_status_known CHECK ((order_status = ANY (ARRAY['pending'::text, 'confirmed'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT payment_status_known CHECK ((payment_status = ANY (ARRAY['none'::text, 'authorised'::text, 'captured'::text, 'voided'::text, 'refunded'::text, 'failed'::text]))),
    CONSTRAINT purchase_kind_known CHECK ((kind = ANY (ARRAY['partner'::text, 'checkout'::text]))),
    CONSTRAINT refunded_what_was_captured CHECK (((refunded_cents >= 0) AND (refunded_cents <= captured_cents))),
    CONSTRAINT session_status_known CHECK ((session_status = ANY (ARRAY['none'::text, 'asked'::text, 'open'::text, 'complete'::text, 'expired'::text]))),
    CONSTRAINT supplier_order_known CHECK ((supplier_order = ANY (ARRAY['not_asked'::text, 'asked'::text, 'placed'::text, 'declined'::text, 'unknown'::text]))),
    CONSTRAINT tax_not_negative CHECK ((tax_cents >= 0))
);

ALTER TABLE public.purchases ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.purchases_number_seq
    START WITH 100001
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.quality_hits (
    run_id uuid NOT NULL,
    rule_id uuid NOT NULL,
    partition_id text NOT NULL,
    listings integer NOT NULL,
    example text NOT NULL
);

CREATE TABLE public.quality_rule_changes (
    id bigint NOT NULL,
    rule_id uuid NOT NULL,
    action text NOT NULL,
    actor text NOT NULL,
    before jsonb,
    after jsonb,
    happened_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT quality_action_known CHECK ((action = ANY (ARRAY['added'::text, 'changed'::text, 'removed'::text])))
);

ALTER TABLE public.quality_rule_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.quality_rule_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.quality_rules (
    id uuid NOT NULL,
    feed text,
    field text NOT NULL,
    comparison text NOT NULL,
    value json NOT NULL,
    effect text NOT NULL,
    note text NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT quality_comparison_known CHECK ((comparison = ANY (ARRAY['>'::text, '>='::text, '<'::text, '<='::text, '='::text, '!='::text, 'in'::text, 'not in'::text, 'known'::text]))),
    CONSTRAINT quality_effect_known CHECK ((effect = ANY (ARRAY['warn'::text, 'quarantine'::text, 'fail'::text])))
);

ALTER TABLE public.quarantine ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rate_limit (
    provider text NOT NULL,
    last_turn_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    paused_until timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    share double precision DEFAULT 1 NOT NULL,
    complained_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    halved_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    CONSTRAINT share_of_the_rate CHECK (((share > (0)::double precision) AND (share <= (1)::double precision)))
);

CREATE TABLE public.rate_limit_places (
    provider text NOT NULL,
    place integer NOT NULL,
    free_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL
);

CREATE VIEW public.rating_reapply_jobs WITH (security_invoker='true') AS
 SELECT id,
    kind,
    status,
    direction,
    rule_set_version,
    previous_version,
    trigger_type,
    triggered_by_rule_id,
    trigger_rule_snapshot,
    requested_by,
    reason,
    total_diamonds,
    processed_diamonds,
    updated_diamonds,
    failed_diamonds,
    reverted_diamonds,
    kept_diamonds,
    feeds_affected,
    done_to,
    attempt,
    retry_count,
    next_retry_at,
    error,
    created_at,
    started_at,
    last_progress_at,
    completed_at,
    reverted_at
   FROM public.reapply_jobs
  WHERE (kind = 'rating'::text);

CREATE TABLE public.rating_reapply_snapshots (
    job_id uuid NOT NULL,
    diamond_id uuid NOT NULL,
    old_rating smallint NOT NULL,
    old_rating_rule_id uuid,
    old_rating_rule_set_version integer NOT NULL,
    new_rating smallint NOT NULL,
    new_rating_rule_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.rating_rule_sets (
    version integer NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    activated_at timestamp with time zone,
    copied_from integer,
    created_by text DEFAULT 'migration'::text NOT NULL,
    archived_at timestamp with time zone,
    CONSTRAINT rating_set_state_known CHECK ((state = ANY (ARRAY['draft'::text, 'active'::text, 'archived'::text])))
);

ALTER TABLE public.rating_rule_sets ALTER COLUMN version ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.rating_rule_sets_version_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rating_rules (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    rule_set_version integer NOT NULL,
    priority integer DEFAULT 100 NOT NULL,
    feed text,
    price_min numeric(12,2),
    price_below numeric(12,2),
    rating smallint NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    effective_from timestamp with time zone,
    effective_until timestamp with time zone,
    lab_grown boolean,
    shapes text[],
    colors text[],
    clarities text[],
    cuts text[],
    polishes text[],
    symmetries text[],
    fluorescences text[],
    certificate_labs text[],
    girdles text[],
    culets text[],
    carat_min numeric(6,2),
    carat_below numeric(6,2),
    table_min numeric(5,2),
    table_below numeric(5,2),
    depth_min numeric(5,2),
    depth_below numeric(5,2),
    ratio_min numeric(5,2),
    ratio_below numeric(5,2),
    crown_angle_min numeric(5,2),
    crown_angle_below numeric(5,2),
    crown_height_min numeric(5,2),
    crown_height_below numeric(5,2),
    pavilion_angle_min numeric(5,2),
    pavilion_angle_below numeric(5,2),
    pavilion_depth_min numeric(5,2),
    pavilion_depth_below numeric(5,2),
    CONSTRAINT rating_price_bracket_not_empty CHECK ((price_below > price_min)),
    CONSTRAINT rating_rule_dates_not_empty CHECK ((effective_until > effective_from)),
    CONSTRAINT rating_rule_lists_not_empty CHECK (((((((((((0 <> COALESCE(cardinality(shapes), 1)) AND (0 <> COALESCE(cardinality(colors), 1))) AND (0 <> COALESCE(cardinality(clarities), 1))) AND (0 <> COALESCE(cardinality(cuts), 1))) AND (0 <> COALESCE(cardinality(polishes), 1))) AND (0 <> COALESCE(cardinality(symmetries), 1))) AND (0 <> COALESCE(cardinality(fluorescences), 1))) AND (0 <> COALESCE(cardinality(certificate_labs), 1))) AND (0 <> COALESCE(cardinality(girdles), 1))) AND (0 <> COALESCE(cardinality(culets), 1)))),
    CONSTRAINT rating_rule_ranges_not_empty CHECK ((COALESCE((carat_below > carat_min), true) AND COALESCE((table_below > table_min), true) AND COALESCE((depth_below > depth_min), true) AND COALESCE((ratio_below > ratio_min), true) AND COALESCE((crown_angle_below > crown_angle_min), true) AND COALESCE((crown_height_below > crown_height_min), true) AND COALESCE((pavilion_angle_below > pavilion_angle_min), true) AND COALESCE((pavilion_depth_below > pavilion_depth_min), true))),
    CONSTRAINT rating_rule_rating_in_range CHECK (((rating >= 1) AND (rating <= 10)))
);

CREATE TABLE public.raw_diamonds (
    feed text NOT NULL,
    supplier_stone_id text NOT NULL,
    offer_id text NOT NULL,
    run_id uuid NOT NULL,
    payload json NOT NULL,
    payload_hash bytea NOT NULL,
    source_updated_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    gone_at timestamp with time zone
)
PARTITION BY LIST (feed);

CREATE TABLE public.staged_diamonds (
    diamond_id uuid NOT NULL,
    feed text NOT NULL,
    supplier_stone_id text NOT NULL,
    offer_id text NOT NULL,
    shape text NOT NULL,
    carats numeric(6,2),
    color text,
    clarity text,
    cut text,
    polish text,
    symmetry text,
    fluorescence_intensity text,
    fluorescence_color text,
    fancy_color text,
    fancy_intensity text,
    fancy_overtone text,
    lab_grown boolean NOT NULL,
    treated boolean NOT NULL,
    stone_type text NOT NULL,
    feed_price numeric(12,2) NOT NULL,
    feed_price_per_carat numeric(12,2),
    feed_availability text NOT NULL,
    certificate_lab text,
    certificate_number text,
    certificate_url text,
    image_url text,
    video_url text,
    length_mm numeric(6,2),
    width_mm numeric(6,2),
    depth_mm numeric(6,2),
    depth_pct numeric(5,2),
    table_pct numeric(5,2),
    supplier_name text,
    source_updated_at timestamp with time zone,
    content_hash bytea NOT NULL,
    mapper_version integer NOT NULL,
    crown_angle numeric(5,2),
    crown_height numeric(5,2),
    pavilion_angle numeric(5,2),
    pavilion_depth numeric(5,2),
    girdle text,
    culet text,
    eye_clean boolean,
    milky text,
    brown_tinge text,
    green_tinge text,
    blue_tinge text,
    gray_tinge text,
    bowtie text,
    growth_type text,
    origin text,
    location text,
    delivery_days_min smallint,
    delivery_days_max smallint,
    return_days smallint,
    key_to_symbols text,
    comments text,
    image_urls text[],
    supplier_legal_name text,
    diamond_price numeric(12,2),
    raw_availability text,
    feed_hold_id text,
    doubts text[],
    payload_hash bytea
);

CREATE VIEW public.raw_diamond_status WITH (security_invoker='true') AS
 SELECT raw.feed,
    raw.supplier_stone_id,
    raw.run_id,
    raw.payload_hash,
    (queued.diamond_id IS NULL) AS consolidated,
        CASE
            WHEN (queued.diamond_id IS NULL) THEN 'done'::text
            ELSE 'pending'::text
        END AS consolidation_status,
    NULL::timestamp with time zone AS claimed_at,
    NULL::text AS claimed_by
   FROM ((public.raw_diamonds raw
     JOIN public.staged_diamonds staged USING (feed, supplier_stone_id))
     LEFT JOIN public.consolidation_queue queued ON (((queued.feed = raw.feed) AND (queued.diamond_id = staged.diamond_id))))
UNION ALL
 SELECT quarantine.feed,
    quarantine.supplier_stone_id,
    quarantine.last_run_id AS run_id,
    quarantine.payload_hash,
    false AS consolidated,
    'quarantined'::text AS consolidation_status,
    NULL::timestamp with time zone AS claimed_at,
    NULL::text AS claimed_by
   FROM public.quarantine
  WHERE (quarantine.resolved_at IS NULL);

CREATE TABLE public.raw_diamonds_demo (
    feed text CONSTRAINT raw_diamonds_feed_not_null NOT NULL,
    supplier_stone_id text CONSTRAINT raw_diamonds_supplier_stone_id_not_null NOT NULL,
    offer_id text CONSTRAINT raw_diamonds_offer_id_not_null NOT NULL,
    run_id uuid CONSTRAINT raw_diamonds_run_id_not_null NOT NULL,
    payload json CONSTRAINT raw_diamonds_payload_not_null NOT NULL,
    payload_hash bytea CONSTRAINT raw_diamonds_payload_hash_not_null NOT NULL,
    source_updated_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT raw_diamonds_created_at_not_null NOT NULL,
    updated_at timestamp with time zone DEFAULT now() CONSTRAINT raw_diamonds_updated_at_not_null NOT NULL,
    gone_at timestamp with time zone
)
WITH (toast_tuple_target='8160');
ALTER TABLE ONLY public.raw_diamonds_demo ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE public.raw_diamonds_nivoda (
    feed text CONSTRAINT raw_diamonds_feed_not_null NOT NULL,
    supplier_stone_id text CONSTRAINT raw_diamonds_supplier_stone_id_not_null NOT NULL,
    offer_id text CONSTRAINT raw_diamonds_offer_id_not_null NOT NULL,
    run_id uuid CONSTRAINT raw_diamonds_run_id_not_null NOT NULL,
    payload json CONSTRAINT raw_diamonds_payload_not_null NOT NULL,
    payload_hash bytea CONSTRAINT raw_diamonds_payload_hash_not_null NOT NULL,
    source_updated_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT raw_diamonds_created_at_not_null NOT NULL,
    updated_at timestamp with time zone DEFAULT now() CONSTRAINT raw_diamonds_updated_at_not_null NOT NULL,
    gone_at timestamp with time zone
)
WITH (toast_tuple_target='8160');
ALTER TABLE ONLY public.raw_diamonds_nivoda ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE public.raw_diamonds_other (
    feed text CONSTRAINT raw_diamonds_feed_not_null NOT NULL,
    supplier_stone_id text CONSTRAINT raw_diamonds_supplier_stone_id_not_null NOT NULL,
    offer_id text CONSTRAINT raw_diamonds_offer_id_not_null NOT NULL,
    run_id uuid CONSTRAINT raw_diamonds_run_id_not_null NOT NULL,
    payload json CONSTRAINT raw_diamonds_payload_not_null NOT NULL,
    payload_hash bytea CONSTRAINT raw_diamonds_payload_hash_not_null NOT NULL,
    source_updated_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT raw_diamonds_created_at_not_null NOT NULL,
    updated_at timestamp with time zone DEFAULT now() CONSTRAINT raw_diamonds_updated_at_not_null NOT NULL,
    gone_at timestamp with time zone
)
WITH (toast_tuple_target='8160');
ALTER TABLE ONLY public.raw_diamonds_other ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE public.raw_versions (
    id bigint NOT NULL,
    feed text NOT NULL,
    supplier_stone_id text NOT NULL,
    run_id uuid NOT NULL,
    payload json NOT NULL,
    payload_hash bytea NOT NULL,
    source_updated_at timestamp with time zone,
    told_at timestamp with time zone NOT NULL,
    replaced_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.raw_versions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.raw_versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.reconciliations (
    id bigint NOT NULL,
    ran_at timestamp with time zone DEFAULT now() NOT NULL,
    since timestamp with time zone NOT NULL,
    purchases integer NOT NULL,
    mismatches jsonb NOT NULL,
    unchecked integer NOT NULL
);

ALTER TABLE public.reconciliations ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.reconciliations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.refunds (
    id uuid NOT NULL,
    purchase_id uuid NOT NULL,
    amount_cents bigint NOT NULL,
    reason text NOT NULL,
    requested_by text NOT NULL,
    status text DEFAULT 'requested'::text NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    partner_id text,
    failure text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT refund_positive CHECK ((amount_cents > 0)),
    CONSTRAINT refund_status_known CHECK ((status = ANY (ARRAY['requested'::text, 'pending'::text, 'succeeded'::text, 'failed'::text])))
);

CREATE TABLE public.request_budgets (
    client_id uuid NOT NULL,
    budget text NOT NULL,
    tokens double precision NOT NULL,
    filled_at timestamp with time zone NOT NULL,
    granted integer NOT NULL
);

CREATE TABLE public.request_nonces (
    key_id uuid NOT NULL,
    nonce text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.retention_runs (
    id bigint NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    plan jsonb NOT NULL,
    removed jsonb DEFAULT '{}'::jsonb NOT NULL,
    completed_at timestamp with time zone,
    requested_by text NOT NULL
);

ALTER TABLE public.retention_runs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.retention_runs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rule_audit (
    id bigint NOT NULL,
    kind text NOT NULL,
    rule_set_version integer NOT NULL,
    action text NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    difference jsonb DEFAULT '{}'::jsonb NOT NULL,
    happened_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT rule_audit_kind_known CHECK ((kind = ANY (ARRAY['pricing'::text, 'rating'::text])))
);

ALTER TABLE public.rule_audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.rule_audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rule_previews (
    token uuid NOT NULL,
    kind text NOT NULL,
    rule_set_version integer NOT NULL,
    content_hash text NOT NULL,
    active_version integer NOT NULL,
    dataset_versions jsonb NOT NULL,
    fingerprint bigint NOT NULL,
    result jsonb NOT NULL,
    actor text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT rule_preview_kind_known CHECK ((kind = ANY (ARRAY['pricing'::text, 'rating'::text])))
);

CREATE TABLE public.run_quality_rules (
    run_id uuid NOT NULL,
    rule_id uuid NOT NULL,
    field text NOT NULL,
    comparison text NOT NULL,
    value json NOT NULL,
    effect text NOT NULL
);

CREATE TABLE public.run_sightings (
    run_id uuid NOT NULL,
    diamond_id uuid NOT NULL
);

CREATE TABLE public.schema_migrations (
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.selling_pauses (
    scope text NOT NULL,
    reason text NOT NULL,
    paused_by text NOT NULL,
    paused_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pause_reason_given CHECK ((btrim(reason) <> ''::text))
);

CREATE TABLE public.stock_faults (
    upload_id uuid NOT NULL,
    line integer NOT NULL,
    field text NOT NULL,
    heading text,
    value text,
    reason text NOT NULL
);

CREATE TABLE public.stock_mappings (
    name text NOT NULL,
    columns jsonb DEFAULT '{}'::jsonb NOT NULL,
    constants jsonb DEFAULT '{}'::jsonb NOT NULL,
    updated_by text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT mapping_name_short CHECK (((length(name) >= 1) AND (length(name) <= 60)))
);

CREATE TABLE public.stock_uploads (
    id uuid NOT NULL,
    number bigint NOT NULL,
    filename text,
    uploaded_by text NOT NULL,
    uploaded_at timestamp with time zone DEFAULT now() NOT NULL,
    complete boolean NOT NULL,
    mapping text,
    columns jsonb NOT NULL,
    constants jsonb NOT NULL,
    ignored text[] NOT NULL,
    content bytea,
    sha256 bytea NOT NULL,
    lines integer NOT NULL,
    bad_lines integer NOT NULL,
    stones integer NOT NULL,
    run_id uuid,
    shelved_at timestamp with time zone,
    added integer,
    changed integer,
    removed integer,
    CONSTRAINT shelved_uploads_have_a_run CHECK (((run_id IS NULL) = (shelved_at IS NULL))),
    CONSTRAINT waiting_uploads_keep_their_file CHECK (((run_id IS NOT NULL) OR (content IS NOT NULL)))
);

ALTER TABLE public.stock_uploads ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.stock_uploads_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.stone_changes (
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    stones uuid[] NOT NULL,
    size integer NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT size_positive CHECK ((size > 0)),
    CONSTRAINT stone_change_known CHECK ((kind = ANY (ARRAY['added'::text, 'changed'::text, 'removed'::text])))
);

ALTER TABLE public.stone_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.stone_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.supplier_events (
    feed text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    payload jsonb NOT NULL,
    outcome text DEFAULT 'received'::text NOT NULL,
    diamond_id uuid,
    purchase_id uuid,
    deliveries integer DEFAULT 1 NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.webhook_attempts (
    id bigint NOT NULL,
    outbox_id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    status integer,
    error text,
    duration_ms integer NOT NULL
);

ALTER TABLE public.webhook_attempts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_attempts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_feed (
    only_row boolean DEFAULT true NOT NULL,
    place text NOT NULL,
    CONSTRAINT one_row CHECK (only_row)
);

CREATE TABLE public.webhooks (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    secret text NOT NULL,
    old_secret text,
    old_secret_until timestamp with time zone,
    disabled_at timestamp with time zone,
    disabled_because text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT disabled_with_a_reason CHECK ((num_nulls(disabled_at, disabled_because) = ANY (ARRAY[0, 2]))),
    CONSTRAINT some_events CHECK ((cardinality(events) > 0)),
    CONSTRAINT url_fits CHECK (((length(url) >= 1) AND (length(url) <= 2000)))
);

CREATE TABLE public.worker_runs (
    run_id uuid NOT NULL,
    partition_id text NOT NULL,
    attempt integer NOT NULL,
    status text DEFAULT 'running'::text NOT NULL,
    records_processed integer DEFAULT 0 NOT NULL,
    error_message text,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    CONSTRAINT worker_run_status_known CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.raw_diamonds ATTACH PARTITION public.raw_diamonds_demo FOR VALUES IN ('demo');

ALTER TABLE ONLY public.raw_diamonds ATTACH PARTITION public.raw_diamonds_nivoda FOR VALUES IN ('nivoda-natural', 'nivoda-labgrown');

ALTER TABLE ONLY public.raw_diamonds ATTACH PARTITION public.raw_diamonds_other DEFAULT;

ALTER TABLE ONLY public.allowed_transitions
    ADD CONSTRAINT allowed_transitions_pkey PRIMARY KEY (machine, from_state, to_state);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_one_per_hash UNIQUE (key_hash);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.caller_failures
    ADD CONSTRAINT caller_failures_pkey PRIMARY KEY (address);

ALTER TABLE ONLY public.catalogue_touches
    ADD CONSTRAINT catalogue_touches_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.catalogue_version
    ADD CONSTRAINT catalogue_version_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.consolidation_queue
    ADD CONSTRAINT consolidation_queue_pkey PRIMARY KEY (feed, diamond_id);

ALTER TABLE ONLY public.customer_requests
    ADD CONSTRAINT customer_requests_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dataset_versions
    ADD CONSTRAINT dataset_versions_pkey PRIMARY KEY (feed);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.deadlines
    ADD CONSTRAINT deadlines_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.demo_feed_holds
    ADD CONSTRAINT demo_feed_holds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.demo_feed_inventory
    ADD CONSTRAINT demo_feed_inventory_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.demo_feed_knobs
    ADD CONSTRAINT demo_feed_knobs_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.demo_feed_inventory
    ADD CONSTRAINT demo_feed_one_listing_per_stone UNIQUE (stone_id);

ALTER TABLE ONLY public.demo_feed_orders
    ADD CONSTRAINT demo_feed_orders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.diamond_prices
    ADD CONSTRAINT diamond_prices_pkey PRIMARY KEY (diamond_id);

ALTER TABLE ONLY public.diamonds
    ADD CONSTRAINT diamonds_one_per_supplier_stone UNIQUE (feed, supplier_stone_id);

ALTER TABLE ONLY public.diamonds
    ADD CONSTRAINT diamonds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT disputes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.error_logs
    ADD CONSTRAINT error_logs_pkey PRIMARY KEY (service, fingerprint);

ALTER TABLE ONLY public.exchange_rates
    ADD CONSTRAINT exchange_rates_pkey PRIMARY KEY (base, quote, rated_on);

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.hold_history
    ADD CONSTRAINT hold_history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT holds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (client_id, key);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.market_index
    ADD CONSTRAINT market_index_pkey PRIMARY KEY (shape, stone_type, carats_from, taken_on);

ALTER TABLE ONLY public.nightly_turns
    ADD CONSTRAINT nightly_turns_pkey PRIMARY KEY (feed, night);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_once_per_incident UNIQUE (incident_key, destination);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.own_stock
    ADD CONSTRAINT own_stock_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.partition_progress
    ADD CONSTRAINT partition_progress_pkey PRIMARY KEY (run_id, partition_id);

ALTER TABLE ONLY public.payload_fields
    ADD CONSTRAINT payload_fields_once UNIQUE (feed, path, type);

ALTER TABLE ONLY public.payload_fields
    ADD CONSTRAINT payload_fields_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.payment_events
    ADD CONSTRAINT payment_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.price_changes
    ADD CONSTRAINT price_changes_pkey PRIMARY KEY (diamond_id, id);

ALTER TABLE ONLY public.price_density
    ADD CONSTRAINT price_density_pkey PRIMARY KEY (scan_id, range_low);

ALTER TABLE ONLY public.price_lists
    ADD CONSTRAINT price_lists_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.price_overrides
    ADD CONSTRAINT price_overrides_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.price_reviews
    ADD CONSTRAINT price_reviews_pkey PRIMARY KEY (diamond_id);

ALTER TABLE ONLY public.pricing_base_margins
    ADD CONSTRAINT pricing_base_margins_pkey PRIMARY KEY (rule_set_version, stone_type);

ALTER TABLE ONLY public.pricing_rule_sets
    ADD CONSTRAINT pricing_rule_sets_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.pricing_rules
    ADD CONSTRAINT pricing_rules_pkey PRIMARY KEY (rule_set_version, id);

ALTER TABLE ONLY public.purchase_events
    ADD CONSTRAINT purchase_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.purchases
    ADD CONSTRAINT purchases_one_per_hold UNIQUE (hold_id);

ALTER TABLE ONLY public.purchases
    ADD CONSTRAINT purchases_one_per_order_number UNIQUE (order_number);

ALTER TABLE ONLY public.purchases
    ADD CONSTRAINT purchases_one_per_payment UNIQUE (payment_intent_id);

ALTER TABLE ONLY public.purchases
    ADD CONSTRAINT purchases_one_per_session UNIQUE (session_id);

ALTER TABLE ONLY public.purchases
    ADD CONSTRAINT purchases_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quality_hits
    ADD CONSTRAINT quality_hits_pkey PRIMARY KEY (run_id, rule_id, partition_id);

ALTER TABLE ONLY public.quality_rule_changes
    ADD CONSTRAINT quality_rule_changes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quality_rules
    ADD CONSTRAINT quality_rules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_one_per_payload UNIQUE (feed, payload_hash);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rate_limit
    ADD CONSTRAINT rate_limit_pkey PRIMARY KEY (provider);

ALTER TABLE ONLY public.rate_limit_places
    ADD CONSTRAINT rate_limit_places_pkey PRIMARY KEY (provider, place);

ALTER TABLE ONLY public.rating_reapply_snapshots
    ADD CONSTRAINT rating_reapply_snapshots_pkey PRIMARY KEY (job_id, diamond_id);

ALTER TABLE ONLY public.rating_rule_sets
    ADD CONSTRAINT rating_rule_sets_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.rating_rules
    ADD CONSTRAINT rating_rules_pkey PRIMARY KEY (rule_set_version, id);

ALTER TABLE ONLY public.raw_diamonds
    ADD CONSTRAINT raw_diamonds_pkey PRIMARY KEY (feed, supplier_stone_id);

ALTER TABLE ONLY public.raw_diamonds_demo
    ADD CONSTRAINT raw_diamonds_demo_pkey PRIMARY KEY (feed, supplier_stone_id);

ALTER TABLE ONLY public.raw_diamonds_nivoda
    ADD CONSTRAINT raw_diamonds_nivoda_pkey PRIMARY KEY (feed, supplier_stone_id);

ALTER TABLE ONLY public.raw_diamonds_other
    ADD CONSTRAINT raw_diamonds_other_pkey PRIMARY KEY (feed, supplier_stone_id);

ALTER TABLE ONLY public.raw_versions
    ADD CONSTRAINT raw_versions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.reapply_jobs
    ADD CONSTRAINT reapply_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.reconciliations
    ADD CONSTRAINT reconciliations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT refunds_one_per_partner_id UNIQUE (partner_id);

ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT refunds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.request_budgets
    ADD CONSTRAINT request_budgets_pkey PRIMARY KEY (client_id, budget);

ALTER TABLE ONLY public.request_nonces
    ADD CONSTRAINT request_nonces_pkey PRIMARY KEY (key_id, nonce);

ALTER TABLE ONLY public.customer_requests
    ADD CONSTRAINT requests_one_per_refund UNIQUE (refund_id);

ALTER TABLE ONLY public.retention_runs
    ADD CONSTRAINT retention_runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rule_audit
    ADD CONSTRAINT rule_audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rule_previews
    ADD CONSTRAINT rule_previews_pkey PRIMARY KEY (token);

ALTER TABLE ONLY public.run_metadata
    ADD CONSTRAINT run_metadata_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.run_quality_rules
    ADD CONSTRAINT run_quality_rules_pkey PRIMARY KEY (run_id, rule_id);

ALTER TABLE ONLY public.run_sightings
    ADD CONSTRAINT run_sightings_pkey PRIMARY KEY (run_id, diamond_id);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.selling_pauses
    ADD CONSTRAINT selling_pauses_pkey PRIMARY KEY (scope);

ALTER TABLE ONLY public.staged_diamonds
    ADD CONSTRAINT staged_diamonds_pkey PRIMARY KEY (diamond_id);

ALTER TABLE ONLY public.stock_faults
    ADD CONSTRAINT stock_faults_pkey PRIMARY KEY (upload_id, line, field);

ALTER TABLE ONLY public.stock_mappings
    ADD CONSTRAINT stock_mappings_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.stock_uploads
    ADD CONSTRAINT stock_uploads_one_per_run UNIQUE (run_id);

ALTER TABLE ONLY public.stock_uploads
    ADD CONSTRAINT stock_uploads_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.stone_changes
    ADD CONSTRAINT stone_changes_pkey PRIMARY KEY (xid, id);

ALTER TABLE ONLY public.supplier_events
    ADD CONSTRAINT supplier_events_pkey PRIMARY KEY (feed, id);

ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_feed
    ADD CONSTRAINT webhook_feed_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.worker_runs
    ADD CONSTRAINT worker_runs_pkey PRIMARY KEY (run_id, partition_id, attempt);

CREATE INDEX audit_log_by_client ON public.audit_log USING btree (client_id, id);

CREATE INDEX customer_requests_by_number ON public.customer_requests USING btree (number);

CREATE INDEX customer_requests_by_purchase ON public.customer_requests USING btree (purchase_id, number);

CREATE UNIQUE INDEX customer_requests_one_question ON public.customer_requests USING btree (client_name, diamond_id, md5(message)) WHERE ((kind = 'question'::text) AND (status = 'requested'::text));

CREATE UNIQUE INDEX customer_requests_one_return ON public.customer_requests USING btree (purchase_id) WHERE ((kind = 'return'::text) AND (status <> ALL (ARRAY['refused'::text, 'cancelled'::text])));

CREATE UNIQUE INDEX dead_letters_once ON public.dead_letters USING btree (queue, message_id) WHERE (requeued_at IS NULL);

CREATE INDEX deadlines_by_escalation ON public.deadlines USING btree (escalate_at) WHERE ((met_at IS NULL) AND (escalated_at IS NULL));

CREATE UNIQUE INDEX deadlines_one_open_per_subject ON public.deadlines USING btree (kind, subject) WHERE (met_at IS NULL);

CREATE UNIQUE INDEX demo_feed_holds_one_per_stone ON public.demo_feed_holds USING btree (stone_id) WHERE (cancelled_at IS NULL);

CREATE INDEX demo_feed_inventory_by_price ON public.demo_feed_inventory USING btree (asking_price_usd, stone_id) INCLUDE (updated_at) WHERE (availability_status = 'available'::text);

CREATE INDEX demo_feed_inventory_by_update ON public.demo_feed_inventory USING btree (updated_at) WHERE (availability_status = 'available'::text);

CREATE INDEX diamond_prices_by_price ON public.diamond_prices USING btree (price_model_price, diamond_id);

CREATE INDEX diamonds_by_age ON public.diamonds USING btree (created_at, id) WHERE (status = 'active'::text);

CREATE INDEX diamonds_by_carats ON public.diamonds USING btree (carats, id) WHERE (status = 'active'::text);

CREATE INDEX diamonds_by_certificate ON public.diamonds USING btree (certificate_number, certificate_lab) WHERE (certificate_number IS NOT NULL);

CREATE INDEX diamonds_by_grades ON public.diamonds USING btree (shape, lab_grown, COALESCE(color, fancy_color, ''::text), COALESCE(clarity, ''::text), COALESCE(cut, ''::text), carats, id) INCLUDE (color, clarity, cut, fancy_color, fancy_intensity) WHERE ((status = 'active'::text) AND (availability = 'available'::text));

CREATE INDEX diamonds_by_shape_and_carats ON public.diamonds USING btree (shape, carats, id) WHERE (status = 'active'::text);

CREATE INDEX diamonds_deleted ON public.diamonds USING btree (deleted_at) WHERE (status = 'deleted'::text);

CREATE INDEX disputes_by_purchase ON public.disputes USING btree (purchase_id, opened_at);

CREATE INDEX error_logs_latest ON public.error_logs USING btree (last_seen DESC);

CREATE UNIQUE INDEX exports_one_open_per_client ON public.exports USING btree (client_id) WHERE (completed_at IS NULL);

CREATE INDEX hold_history_by_hold ON public.hold_history USING btree (hold_id, id);

CREATE INDEX holds_by_client ON public.holds USING btree (client_name, requested_at DESC, id);

CREATE INDEX holds_by_expiry ON public.holds USING btree (expires_at) WHERE (status = ANY (ARRAY['requesting'::text, 'active'::text]));

CREATE UNIQUE INDEX holds_one_open_per_certificate ON public.holds USING btree (certificate_lab, certificate_number) WHERE (status = ANY (ARRAY['requesting'::text, 'active'::text, 'bought'::text]));

CREATE UNIQUE INDEX holds_one_open_per_diamond ON public.holds USING btree (diamond_id) WHERE (status = ANY (ARRAY['requesting'::text, 'active'::text, 'bought'::text]));

CREATE UNIQUE INDEX holds_one_open_per_key ON public.holds USING btree (client_name, client_key) WHERE (status = ANY (ARRAY['requesting'::text, 'active'::text]));

CREATE UNIQUE INDEX holds_one_per_supplier_hold ON public.holds USING btree (feed, supplier_hold_id) WHERE (supplier_hold_id IS NOT NULL);

CREATE INDEX holds_to_give_back ON public.holds USING btree (claimed_until) WHERE give_back;

CREATE INDEX idempotency_keys_by_end ON public.idempotency_keys USING btree (expires_at);

CREATE UNIQUE INDEX incidents_one_open_per_kind ON public.incidents USING btree (kind, subject) WHERE (decided_at IS NULL);

CREATE INDEX market_index_by_day ON public.market_index USING btree (taken_on);

CREATE INDEX outbox_by_feed ON public.outbox USING btree (feed, category, id) WHERE (feed IS NOT NULL);

CREATE INDEX outbox_by_webhook ON public.outbox USING btree (webhook_id, id) WHERE (webhook_id IS NOT NULL);

CREATE INDEX outbox_open ON public.outbox USING btree (id) WHERE ((sent_at IS NULL) AND (given_up_at IS NULL));

CREATE INDEX own_stock_by_price ON public.own_stock USING btree (price, key);

CREATE INDEX payload_fields_drifted ON public.payload_fields USING btree (id) WHERE (drift IS NOT NULL);

CREATE UNIQUE INDEX payload_fields_new_once ON public.payload_fields USING btree (feed, path) WHERE (drift = 'new_field'::text);

CREATE INDEX payload_fields_of_run ON public.payload_fields USING btree (first_run_id) WHERE (drift IS NOT NULL);

CREATE INDEX payment_events_by_age ON public.payment_events USING btree (received_at);

CREATE INDEX payment_events_by_purchase ON public.payment_events USING btree (purchase_id, received_at);

CREATE INDEX price_changes_by_origin ON public.price_changes USING btree (origin_id, diamond_id);

CREATE INDEX price_density_by_feed ON public.price_density USING btree (feed, scan_type, scanned_at DESC);

CREATE UNIQUE INDEX price_overrides_one_open_per_diamond ON public.price_overrides USING btree (diamond_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX pricing_rule_sets_one_active ON public.pricing_rule_sets USING btree (state) WHERE (state = 'active'::text);

CREATE INDEX pricing_rules_by_priority ON public.pricing_rules USING btree (rule_set_version, priority, id);

CREATE INDEX purchase_events_by_purchase ON public.purchase_events USING btree (purchase_id, id);

CREATE INDEX purchases_by_client ON public.purchases USING btree (client_name, number DESC);

CREATE INDEX purchases_by_supplier_order ON public.purchases USING btree (supplier_order_id) WHERE (supplier_order_id IS NOT NULL);

CREATE INDEX purchases_due ON public.purchases USING btree (next_look_at) WHERE (next_look_at IS NOT NULL);

CREATE UNIQUE INDEX purchases_one_open_per_diamond ON public.purchases USING btree (diamond_id) WHERE (order_status = ANY (ARRAY['pending'::text, 'confirmed'::text, 'completed'::text]));

CREATE UNIQUE INDEX purchases_one_per_key ON public.purchases USING btree (client_name, client_key) WHERE (order_status <> ALL (ARRAY['failed'::text, 'cancelled'::text]));

CREATE INDEX quarantine_by_run ON public.quarantine USING btree (resolved_by_run) WHERE (resolved_by_run IS NOT NULL);

CREATE INDEX quarantine_waiting ON public.quarantine USING btree (feed, id) WHERE (resolved_at IS NULL);

CREATE UNIQUE INDEX rating_rule_sets_one_active ON public.rating_rule_sets USING btree (state) WHERE (state = 'active'::text);

CREATE INDEX rating_rules_by_priority ON public.rating_rules USING btree (rule_set_version, priority, id);

CREATE INDEX raw_versions_by_stone ON public.raw_versions USING btree (feed, supplier_stone_id, id);

CREATE INDEX reapply_jobs_by_age ON public.reapply_jobs USING btree (kind, created_at DESC);

CREATE UNIQUE INDEX reapply_jobs_one_open_per_kind ON public.reapply_jobs USING btree (kind) WHERE (status = ANY (ARRAY['pending'::text, 'running'::text]));

CREATE INDEX refunds_by_purchase ON public.refunds USING btree (purchase_id, created_at);

CREATE INDEX request_nonces_by_end ON public.request_nonces USING btree (expires_at);

CREATE INDEX rule_audit_by_kind ON public.rule_audit USING btree (kind, id DESC);

CREATE INDEX run_metadata_by_feed ON public.run_metadata USING btree (feed, started_at DESC, run_id DESC);

CREATE INDEX run_metadata_by_start ON public.run_metadata USING btree (started_at DESC, run_id DESC);

CREATE UNIQUE INDEX run_metadata_one_open_per_provider ON public.run_metadata USING btree (provider) WHERE (status = 'running'::text);

CREATE INDEX staged_diamonds_doubtful ON public.staged_diamonds USING btree (feed) WHERE (doubts IS NOT NULL);

CREATE INDEX staged_diamonds_in_doubt ON public.staged_diamonds USING btree (feed) WHERE (doubts IS NOT NULL);

CREATE UNIQUE INDEX stock_uploads_by_number ON public.stock_uploads USING btree (number);

CREATE INDEX stock_uploads_waiting ON public.stock_uploads USING btree (number) WHERE (run_id IS NULL);

CREATE INDEX stone_changes_by_age ON public.stone_changes USING btree (at);

CREATE INDEX supplier_events_by_age ON public.supplier_events USING btree (received_at);

CREATE INDEX webhook_attempts_by_delivery ON public.webhook_attempts USING btree (outbox_id, id);

CREATE INDEX webhooks_by_client ON public.webhooks USING btree (client_id);

ALTER INDEX public.raw_diamonds_pkey ATTACH PARTITION public.raw_diamonds_demo_pkey;

ALTER INDEX public.raw_diamonds_pkey ATTACH PARTITION public.raw_diamonds_nivoda_pkey;

ALTER INDEX public.raw_diamonds_pkey ATTACH PARTITION public.raw_diamonds_other_pkey;

CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION public.refuse_rewriting_history();

CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting_history();

CREATE TRIGGER deletes_touch AFTER DELETE ON public.diamond_prices REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.touch_catalogue();

CREATE TRIGGER deletes_touch AFTER DELETE ON public.diamonds REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.touch_catalogue();

CREATE TRIGGER hold_history_is_kept BEFORE DELETE OR UPDATE ON public.hold_history FOR EACH ROW EXECUTE FUNCTION public.keep_for_ever_v1();

CREATE TRIGGER holds_follow_their_machine BEFORE INSERT OR UPDATE ON public.holds FOR EACH ROW EXECUTE FUNCTION public.follow_machine_v1('hold', 'status', 'requesting');

CREATE TRIGGER inserts_touch AFTER INSERT ON public.diamond_prices REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.touch_catalogue();

CREATE TRIGGER inserts_touch AFTER INSERT ON public.diamonds REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.touch_catalogue();

CREATE CONSTRAINT TRIGGER moves_the_version AFTER INSERT ON public.catalogue_touches DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.move_catalogue_version();

CREATE TRIGGER note_changed_prices AFTER UPDATE ON public.diamond_prices REFERENCING NEW TABLE AS noted FOR EACH STATEMENT EXECUTE FUNCTION public.note_prices_v1('changed');

CREATE TRIGGER note_changed_stones AFTER UPDATE ON public.diamonds REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.note_changed_stones_v1();

CREATE TRIGGER note_dropped_prices AFTER DELETE ON public.diamond_prices REFERENCING OLD TABLE AS noted FOR EACH STATEMENT EXECUTE FUNCTION public.note_prices_v1('removed');

CREATE TRIGGER note_new_prices AFTER INSERT ON public.diamond_prices REFERENCING NEW TABLE AS noted FOR EACH STATEMENT EXECUTE FUNCTION public.note_prices_v1('added');

CREATE TRIGGER note_new_stones AFTER INSERT ON public.diamonds REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.note_new_stones_v1();

CREATE TRIGGER pricing_base_margins_of_drafts_only BEFORE INSERT OR DELETE OR UPDATE ON public.pricing_base_margins FOR EACH ROW EXECUTE FUNCTION public.refuse_change_unless_draft('pricing_rule_sets');

CREATE TRIGGER pricing_rule_sets_are_kept BEFORE DELETE ON public.pricing_rule_sets FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER pricing_rule_sets_keep_history BEFORE UPDATE ON public.pricing_rule_sets FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_used_set();

CREATE TRIGGER pricing_rules_of_drafts_only BEFORE INSERT OR DELETE OR UPDATE ON public.pricing_rules FOR EACH ROW EXECUTE FUNCTION public.refuse_change_unless_draft('pricing_rule_sets');

CREATE TRIGGER purchase_events_are_kept BEFORE DELETE OR UPDATE ON public.purchase_events FOR EACH ROW EXECUTE FUNCTION public.keep_for_ever_v1();

CREATE TRIGGER purchases_follow_the_order BEFORE INSERT OR UPDATE ON public.purchases FOR EACH ROW EXECUTE FUNCTION public.follow_machine_v1('order', 'order_status', 'pending');

CREATE TRIGGER purchases_follow_the_payment BEFORE INSERT OR UPDATE ON public.purchases FOR EACH ROW EXECUTE FUNCTION public.follow_machine_v1('payment', 'payment_status', 'none');

CREATE TRIGGER purchases_follow_the_session BEFORE INSERT OR UPDATE ON public.purchases FOR EACH ROW EXECUTE FUNCTION public.follow_machine_v1('checkout session', 'session_status', 'none');

CREATE TRIGGER purchases_follow_the_supplier BEFORE INSERT OR UPDATE ON public.purchases FOR EACH ROW EXECUTE FUNCTION public.follow_machine_v1('supplier order', 'supplier_order', 'not_asked');

CREATE TRIGGER questions_follow_their_machine BEFORE INSERT OR UPDATE ON public.customer_requests FOR EACH ROW WHEN ((new.kind = 'question'::text)) EXECUTE FUNCTION public.follow_machine_v1('question', 'status', 'requested');

CREATE TRIGGER rating_rule_sets_are_kept BEFORE DELETE ON public.rating_rule_sets FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER rating_rule_sets_keep_history BEFORE UPDATE ON public.rating_rule_sets FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_used_set();

CREATE TRIGGER rating_rules_of_drafts_only BEFORE INSERT OR DELETE OR UPDATE ON public.rating_rules FOR EACH ROW EXECUTE FUNCTION public.refuse_change_unless_draft('rating_rule_sets');

CREATE TRIGGER refunds_end_returns AFTER UPDATE ON public.refunds FOR EACH ROW WHEN ((new.status = 'succeeded'::text)) EXECUTE FUNCTION public.end_return_v1();

CREATE TRIGGER refunds_follow_their_machine BEFORE INSERT OR UPDATE ON public.refunds FOR EACH ROW EXECUTE FUNCTION public.follow_machine_v1('refund', 'status', 'requested');

CREATE TRIGGER returns_follow_their_machine BEFORE INSERT OR UPDATE ON public.customer_requests FOR EACH ROW WHEN ((new.kind = 'return'::text)) EXECUTE FUNCTION public.follow_machine_v1('return', 'status', 'requested');

CREATE TRIGGER rule_audit_only_grows BEFORE DELETE OR UPDATE ON public.rule_audit FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER truncation_touches AFTER TRUNCATE ON public.diamond_prices FOR EACH STATEMENT EXECUTE FUNCTION public.touch_catalogue();

CREATE TRIGGER truncation_touches AFTER TRUNCATE ON public.diamonds FOR EACH STATEMENT EXECUTE FUNCTION public.touch_catalogue();

CREATE TRIGGER updates_touch AFTER UPDATE ON public.diamond_prices REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.touch_catalogue();

CREATE TRIGGER updates_touch AFTER UPDATE ON public.diamonds REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.touch_catalogue();

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_price_list_fkey FOREIGN KEY (price_list) REFERENCES public.price_lists(name);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_rotated_to_fkey FOREIGN KEY (rotated_to) REFERENCES public.api_keys(id);

ALTER TABLE ONLY public.customer_requests
    ADD CONSTRAINT customer_requests_diamond_id_fkey FOREIGN KEY (diamond_id) REFERENCES public.diamonds(id);

ALTER TABLE ONLY public.customer_requests
    ADD CONSTRAINT customer_requests_purchase_id_fkey FOREIGN KEY (purchase_id) REFERENCES public.purchases(id);

ALTER TABLE ONLY public.customer_requests
    ADD CONSTRAINT customer_requests_refund_id_fkey FOREIGN KEY (refund_id) REFERENCES public.refunds(id);

ALTER TABLE ONLY public.demo_feed_holds
    ADD CONSTRAINT demo_feed_holds_stone_id_fkey FOREIGN KEY (stone_id) REFERENCES public.demo_feed_inventory(stone_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.diamond_prices
    ADD CONSTRAINT diamond_prices_diamond_id_fkey FOREIGN KEY (diamond_id) REFERENCES public.diamonds(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT disputes_purchase_id_fkey FOREIGN KEY (purchase_id) REFERENCES public.purchases(id);

ALTER TABLE ONLY public.hold_history
    ADD CONSTRAINT hold_history_diamond_id_fkey FOREIGN KEY (diamond_id) REFERENCES public.diamonds(id);

ALTER TABLE ONLY public.hold_history
    ADD CONSTRAINT hold_history_hold_id_fkey FOREIGN KEY (hold_id) REFERENCES public.holds(id);

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT holds_diamond_id_fkey FOREIGN KEY (diamond_id) REFERENCES public.diamonds(id);

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT holds_requested_diamond_id_fkey FOREIGN KEY (requested_diamond_id) REFERENCES public.diamonds(id);

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT holds_rest_under_a_purchase FOREIGN KEY (purchase_id) REFERENCES public.purchases(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_purchase_id_fkey FOREIGN KEY (purchase_id) REFERENCES public.purchases(id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.webhooks(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.partition_progress
    ADD CONSTRAINT partition_progress_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run_metadata(run_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.payment_events
    ADD CONSTRAINT payment_events_purchase_id_fkey FOREIGN KEY (purchase_id) REFERENCES public.purchases(id);

ALTER TABLE ONLY public.price_overrides
    ADD CONSTRAINT price_overrides_diamond_id_fkey FOREIGN KEY (diamond_id) REFERENCES public.diamonds(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.price_reviews
    ADD CONSTRAINT price_reviews_diamond_id_fkey FOREIGN KEY (diamond_id) REFERENCES public.diamonds(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.pricing_base_margins
    ADD CONSTRAINT pricing_base_margins_rule_set_version_fkey FOREIGN KEY (rule_set_version) REFERENCES public.pricing_rule_sets(version);

ALTER TABLE ONLY public.pricing_rule_sets
    ADD CONSTRAINT pricing_rule_sets_copied_from_fkey FOREIGN KEY (copied_from) REFERENCES public.pricing_rule_sets(version);

ALTER TABLE ONLY public.pricing_rules
    ADD CONSTRAINT pricing_rules_rule_set_version_fkey FOREIGN KEY (rule_set_version) REFERENCES public.pricing_rule_sets(version);

ALTER TABLE ONLY public.purchase_events
    ADD CONSTRAINT purchase_events_purchase_id_fkey FOREIGN KEY (purchase_id) REFERENCES public.purchases(id);

ALTER TABLE ONLY public.purchases
    ADD CONSTRAINT purchases_diamond_id_fkey FOREIGN KEY (diamond_id) REFERENCES public.diamonds(id);

ALTER TABLE ONLY public.purchases
    ADD CONSTRAINT purchases_hold_id_fkey FOREIGN KEY (hold_id) REFERENCES public.holds(id);

ALTER TABLE ONLY public.quality_hits
    ADD CONSTRAINT quality_hits_run_id_rule_id_fkey FOREIGN KEY (run_id, rule_id) REFERENCES public.run_quality_rules(run_id, rule_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.rate_limit_places
    ADD CONSTRAINT rate_limit_places_provider_fkey FOREIGN KEY (provider) REFERENCES public.rate_limit(provider) ON DELETE CASCADE;

ALTER TABLE ONLY public.rating_reapply_snapshots
    ADD CONSTRAINT rating_reapply_snapshots_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.reapply_jobs(id);

ALTER TABLE ONLY public.rating_rule_sets
    ADD CONSTRAINT rating_rule_sets_copied_from_fkey FOREIGN KEY (copied_from) REFERENCES public.rating_rule_sets(version);

ALTER TABLE ONLY public.rating_rules
    ADD CONSTRAINT rating_rules_rule_set_version_fkey FOREIGN KEY (rule_set_version) REFERENCES public.rating_rule_sets(version);

ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT refunds_purchase_id_fkey FOREIGN KEY (purchase_id) REFERENCES public.purchases(id);

ALTER TABLE ONLY public.run_quality_rules
    ADD CONSTRAINT run_quality_rules_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run_metadata(run_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.stock_faults
    ADD CONSTRAINT stock_faults_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES public.stock_uploads(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.supplier_events
    ADD CONSTRAINT supplier_events_purchase_id_fkey FOREIGN KEY (purchase_id) REFERENCES public.purchases(id);

ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_outbox_id_fkey FOREIGN KEY (outbox_id) REFERENCES public.outbox(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.worker_runs
    ADD CONSTRAINT worker_runs_run_id_partition_id_fkey FOREIGN KEY (run_id, partition_id) REFERENCES public.partition_progress(run_id, partition_id) ON DELETE CASCADE;

ALTER TABLE public.allowed_transitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_log ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.caller_failures ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.catalogue_touches ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.catalogue_version ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.consolidation_queue ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.customer_requests ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.dataset_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.dead_letters ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.deadlines ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.demo_feed_holds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.demo_feed_inventory ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.demo_feed_knobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.demo_feed_orders ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.diamond_prices ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.diamonds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.disputes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.error_logs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.exchange_rates ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.exports ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.hold_history ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.holds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incidents ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.market_index ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.nightly_turns ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.outbox ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.own_stock ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.partition_progress ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.payload_fields ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.payment_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.price_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.price_density ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.price_lists ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.price_overrides ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.price_reviews ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.pricing_base_margins ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.pricing_rule_sets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.pricing_rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.purchase_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.purchases ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.quality_hits ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.quality_rule_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.quality_rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.quarantine ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rate_limit ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rate_limit_places ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rating_reapply_snapshots ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rating_rule_sets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rating_rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.raw_diamonds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.raw_diamonds_demo ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.raw_diamonds_nivoda ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.raw_diamonds_other ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.raw_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.reapply_jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.reconciliations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.refunds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.request_budgets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.request_nonces ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.retention_runs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rule_audit ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rule_previews ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.run_metadata ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.run_quality_rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.run_sightings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.schema_migrations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.selling_pauses ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.staged_diamonds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.stock_faults ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.stock_mappings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.stock_uploads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.stone_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.supplier_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_attempts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_feed ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhooks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.worker_runs ENABLE ROW LEVEL SECURITY;
