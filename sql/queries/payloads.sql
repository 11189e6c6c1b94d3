-- name: keep_versions :none
-- Before these stones get new payloads: those on file join the earlier ones, of which so many stay. In the order of the
-- writing that follows, so that pages never deadlock.
WITH replaced AS (
    SELECT raw.feed, raw.supplier_stone_id, raw.run_id, raw.payload, raw.payload_hash, raw.source_updated_at, raw.updated_at
      FROM raw_diamonds AS raw
      JOIN unnest(%(stone_ids)b::text[], %(hashes)b::bytea[]) AS item(supplier_stone_id, payload_hash)
        ON item.supplier_stone_id = raw.supplier_stone_id AND item.payload_hash <> raw.payload_hash
     WHERE raw.feed = %(feed)s AND raw.supplier_stone_id = ANY(%(stone_ids)b::text[])
     ORDER BY raw.supplier_stone_id
       FOR UPDATE OF raw
), kept AS (
    INSERT INTO raw_versions (feed, supplier_stone_id, run_id, payload, payload_hash, source_updated_at, told_at)
    SELECT feed, supplier_stone_id, run_id, payload, payload_hash, source_updated_at, updated_at FROM replaced
)
DELETE FROM raw_versions AS version
 USING (SELECT earlier.id, row_number() OVER (PARTITION BY earlier.supplier_stone_id ORDER BY earlier.id DESC) AS place
          FROM raw_versions AS earlier
          JOIN replaced USING (feed, supplier_stone_id)) AS ranked
 WHERE version.id = ranked.id AND ranked.place >= %(versions)s;

-- name: list_payloads :many
-- What the supplier says of a stone, and what it said before, the newest first.
WITH stone AS (
    SELECT feed, supplier_stone_id FROM staged_diamonds WHERE diamond_id = %(diamond_id)s
)
SELECT NULL::bigint AS version, raw.run_id, raw.payload::text AS payload, raw.source_updated_at, raw.updated_at AS told_at,
       NULL::timestamptz AS replaced_at
  FROM stone
  JOIN raw_diamonds AS raw USING (feed, supplier_stone_id)
 UNION ALL
SELECT earlier.id, earlier.run_id, earlier.payload::text, earlier.source_updated_at, earlier.told_at, earlier.replaced_at
  FROM stone
  JOIN raw_versions AS earlier USING (feed, supplier_stone_id)
 ORDER BY version DESC NULLS FIRST;
