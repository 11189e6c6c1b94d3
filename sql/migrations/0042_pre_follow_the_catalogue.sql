-- Which stones changed, in an order that can be followed without missing any; and copies of the whole catalogue.

-- One row for up to 1,000 stones of one statement: 16 bytes a change, and no index on the tables that change.
CREATE TABLE stone_changes (
    -- Transactions end in another order than they began: readers stop before the oldest that is still open.
    xid    xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id     bigint GENERATED ALWAYS AS IDENTITY,
    kind   text NOT NULL CONSTRAINT stone_change_known CHECK (kind IN ('added', 'changed', 'removed')),
    stones uuid[] NOT NULL,
    size   integer NOT NULL CONSTRAINT size_positive CHECK (size > 0),
    at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (xid, id)
);
-- prune_changes.
CREATE INDEX stone_changes_by_age ON stone_changes (at);
ALTER TABLE stone_changes ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION note_new_stones_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stone_changes (kind, stones, size)
    SELECT 'added', array_agg(id), count(*)
      FROM (SELECT id, (row_number() OVER () - 1) / 1000 AS part FROM after) AS numbered
     GROUP BY part;
    RETURN NULL;
END
$$;

CREATE FUNCTION note_changed_stones_v1() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION note_prices_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stone_changes (kind, stones, size)
    SELECT TG_ARGV[0], array_agg(diamond_id), count(*)
      FROM (SELECT diamond_id, (row_number() OVER () - 1) / 1000 AS part FROM noted) AS numbered
     GROUP BY part;
    RETURN NULL;
END
$$;

CREATE TRIGGER note_new_stones AFTER INSERT ON diamonds
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION note_new_stones_v1();
CREATE TRIGGER note_changed_stones AFTER UPDATE ON diamonds
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION note_changed_stones_v1();
CREATE TRIGGER note_new_prices AFTER INSERT ON diamond_prices
    REFERENCING NEW TABLE AS noted FOR EACH STATEMENT EXECUTE FUNCTION note_prices_v1('added');
CREATE TRIGGER note_changed_prices AFTER UPDATE ON diamond_prices
    REFERENCING NEW TABLE AS noted FOR EACH STATEMENT EXECUTE FUNCTION note_prices_v1('changed');
CREATE TRIGGER note_dropped_prices AFTER DELETE ON diamond_prices
    REFERENCING OLD TABLE AS noted FOR EACH STATEMENT EXECUTE FUNCTION note_prices_v1('removed');

-- A copy of the whole catalogue in Blob Storage, written part by part by whoever holds the lease.
CREATE TABLE exports (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id    uuid NOT NULL,
    requested_by text NOT NULL,
    format       text NOT NULL CONSTRAINT export_format_known CHECK (format IN ('ndjson', 'csv')),
    -- Where to follow the changes from, taken before the first stone was read.
    changes_from text NOT NULL,
    last_id      uuid,
    parts        integer NOT NULL DEFAULT 0,
    stones       bigint NOT NULL DEFAULT 0,
    bytes        bigint NOT NULL DEFAULT 0,
    leased_until timestamptz NOT NULL DEFAULT now(),
    error        text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
);
-- One open export per client.
CREATE UNIQUE INDEX exports_one_open_per_client ON exports (client_id) WHERE completed_at IS NULL;
ALTER TABLE exports ENABLE ROW LEVEL SECURITY;
