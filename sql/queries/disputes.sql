-- name: list_disputes :many
-- The disputes of a purchase, oldest first.
SELECT id, amount_cents, reason, status, respond_by, opened_at, updated_at
  FROM disputes
 WHERE purchase_id = %(purchase_id)s
 ORDER BY opened_at, id;

-- name: keep_dispute :one
-- Write down how a dispute stands; nothing is returned when that is known.
INSERT INTO disputes AS known (id, purchase_id, amount_cents, reason, status, respond_by, opened_at)
VALUES (%(id)s, %(purchase_id)s, %(amount_cents)s, %(reason)s, %(status)s, %(respond_by)s::timestamptz, %(opened_at)s)
    ON CONFLICT (id) DO UPDATE
   SET amount_cents = EXCLUDED.amount_cents, reason = EXCLUDED.reason, status = EXCLUDED.status,
       respond_by = EXCLUDED.respond_by, updated_at = now()
 WHERE (known.amount_cents, known.reason, known.status, known.respond_by)
       IS DISTINCT FROM (EXCLUDED.amount_cents, EXCLUDED.reason, EXCLUDED.status, EXCLUDED.respond_by)
RETURNING id, amount_cents, reason, status, respond_by, opened_at, updated_at;
