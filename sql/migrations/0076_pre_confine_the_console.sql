-- What the query console runs, it runs as a role that may read its views and nothing else.

-- The views show by their owner's rights, so that the role needs none on the tables behind them.
ALTER VIEW console_diamonds RESET (security_invoker);
ALTER VIEW console_runs RESET (security_invoker);
ALTER VIEW console_partitions RESET (security_invoker);
ALTER VIEW console_price_changes RESET (security_invoker);
ALTER VIEW console_quarantine RESET (security_invoker);
ALTER VIEW console_errors RESET (security_invoker);

DO $migration$
DECLARE
    us      text := current_user;
    -- Roles belong to the server: each of its databases has one of its own.
    console text := left('opus_console_' || current_database(), 63);
    view    text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = console) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', console);
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = us) THEN
        EXECUTE format('GRANT %I TO %I', console, us);
    END IF;
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA public TO %I', console);
    FOREACH view IN ARRAY ARRAY['diamonds', 'runs', 'partitions', 'price_changes', 'quarantine', 'errors'] LOOP
        EXECUTE format('GRANT SELECT ON %I TO %I', 'console_' || view, console);
    END LOOP;

    -- The function is the role's own. PostgreSQL lets nobody set another role inside a function that runs by its owner's
    -- rights, whatever its statement calls; and it may not write, for it is not volatile.
    EXECUTE format('SET LOCAL ROLE %I', console);
    CREATE FUNCTION console_rows_v1(statement text) RETURNS SETOF text
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp
    AS $$
    BEGIN
        -- Restored under another owner it would be confined no more.
        IF has_table_privilege('public.api_keys', 'SELECT') THEN
            RAISE insufficient_privilege USING MESSAGE = 'the console is not confined to its views';
        END IF;
        RETURN QUERY EXECUTE 'SELECT row_to_json(asked)::text FROM (' || statement || ') AS asked';
    END
    $$;
    REVOKE ALL ON FUNCTION console_rows_v1(text) FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION console_rows_v1(text) TO %I', us);
    EXECUTE format('SET LOCAL ROLE %I', us);
    EXECUTE format('REVOKE CREATE ON SCHEMA public FROM %I', console);
END
$migration$;
