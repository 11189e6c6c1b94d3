-- The retailer's own stones: what was uploaded, what of it could not be read, and the shelf that the feed reads.

CREATE TABLE stock_mappings (
    name       text PRIMARY KEY CONSTRAINT mapping_name_short CHECK (length(name) BETWEEN 1 AND 60),
    -- Our field -> the column's heading in the file.
    columns    jsonb NOT NULL DEFAULT '{}',
    -- Our field -> what every line says that has no column for it.
    constants  jsonb NOT NULL DEFAULT '{}',
    updated_by text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE stock_mappings ENABLE ROW LEVEL SECURITY;

CREATE TABLE stock_uploads (
    id          uuid PRIMARY KEY,
    number      bigint GENERATED ALWAYS AS IDENTITY,
    filename    text,
    uploaded_by text NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    -- A complete upload is the whole stock: what it does not name is sold elsewhere. A partial one removes nothing.
    complete    boolean NOT NULL,
    mapping     text,
    columns     jsonb NOT NULL,
    constants   jsonb NOT NULL,
    ignored     text[] NOT NULL,
    -- The file as it came, until it is long on the shelf.
    content     bytea,
    sha256      bytea NOT NULL,
    lines       integer NOT NULL,
    bad_lines   integer NOT NULL,
    stones      integer NOT NULL,
    -- Put on the shelf together with the run that reads it: before that the upload waits.
    run_id      uuid CONSTRAINT stock_uploads_one_per_run UNIQUE,
    shelved_at  timestamptz,
    added       integer,
    changed     integer,
    removed     integer,
    CONSTRAINT shelved_uploads_have_a_run CHECK ((run_id IS NULL) = (shelved_at IS NULL)),
    CONSTRAINT waiting_uploads_keep_their_file CHECK (run_id IS NOT NULL OR content IS NOT NULL)
);
-- list_uploads; lock_next_upload.
CREATE UNIQUE INDEX stock_uploads_by_number ON stock_uploads (number);
CREATE INDEX stock_uploads_waiting ON stock_uploads (number) WHERE run_id IS NULL;
ALTER TABLE stock_uploads ENABLE ROW LEVEL SECURITY;

CREATE TABLE stock_faults (
    upload_id uuid NOT NULL REFERENCES stock_uploads ON DELETE CASCADE,
    line      integer NOT NULL,
    field     text NOT NULL,
    -- The column's heading, if the field has one in this file.
    heading   text,
    value     text,
    reason    text NOT NULL,
    PRIMARY KEY (upload_id, line, field)
);
ALTER TABLE stock_faults ENABLE ROW LEVEL SECURITY;

-- What the feed lists: the stock as the last uploads left it. Only an upload that gets its run writes it.
CREATE TABLE own_stock (
    -- The stock number; of a line that names none, its hash behind `line:`.
    key        text PRIMARY KEY,
    -- In US dollars; 0 where the line has no readable one.
    price      numeric(12,2) NOT NULL,
    payload    jsonb NOT NULL,
    changed_at timestamptz NOT NULL
);
-- page: in the order of the price axis.
CREATE INDEX own_stock_by_price ON own_stock (price, key);
ALTER TABLE own_stock ENABLE ROW LEVEL SECURITY;
