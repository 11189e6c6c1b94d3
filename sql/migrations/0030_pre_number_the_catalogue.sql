-- Every committed change of stones or prices gives the catalogue another number.

-- ETags, kept answers and columns in memory go by it.
CREATE TABLE catalogue_version (
    only_row   boolean PRIMARY KEY DEFAULT true CONSTRAINT catalogue_version_one_row CHECK (only_row),
    version    bigint NOT NULL DEFAULT 0,
    -- When; a database restored to an earlier day gives the same numbers again, but at other moments.
    changed_at timestamptz NOT NULL DEFAULT now(),
    -- Moves when all stones may have changed, which no log tells.
    reloads    bigint NOT NULL DEFAULT 0
);
INSERT INTO catalogue_version DEFAULT VALUES;
ALTER TABLE catalogue_version ENABLE ROW LEVEL SECURITY;

-- A statement that changed something puts a row here; the commit takes it away again and moves the number. So the lock
-- on the number is held for a commit only, orders the commits, and whoever sees a number sees all that led to it.
CREATE TABLE catalogue_touches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
ALTER TABLE catalogue_touches ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION move_catalogue_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM catalogue_touches WHERE id = NEW.id;
    UPDATE catalogue_version SET version = version + 1, changed_at = clock_timestamp();
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER moves_the_version AFTER INSERT ON catalogue_touches
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION move_catalogue_version();

CREATE FUNCTION touch_catalogue() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER inserts_touch AFTER INSERT ON diamonds
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_catalogue();
CREATE TRIGGER updates_touch AFTER UPDATE ON diamonds
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_catalogue();
CREATE TRIGGER deletes_touch AFTER DELETE ON diamonds
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_catalogue();
CREATE TRIGGER truncation_touches AFTER TRUNCATE ON diamonds
    FOR EACH STATEMENT EXECUTE FUNCTION touch_catalogue();

CREATE TRIGGER inserts_touch AFTER INSERT ON diamond_prices
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_catalogue();
CREATE TRIGGER updates_touch AFTER UPDATE ON diamond_prices
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_catalogue();
CREATE TRIGGER deletes_touch AFTER DELETE ON diamond_prices
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_catalogue();
CREATE TRIGGER truncation_touches AFTER TRUNCATE ON diamond_prices
    FOR EACH STATEMENT EXECUTE FUNCTION touch_catalogue();
