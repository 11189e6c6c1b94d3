-- name: insert_purchase :one
-- Open a purchase that rests on a hold, or return nothing when the stone or the key has one.
INSERT INTO purchases (id, kind, client_name, client_key, diamond_id, hold_id, price, reference, comments,
       destination_id, currency, amount_cents, rate, rated_on, customer)
VALUES (%(id)s, %(kind)s, %(client_name)s, %(client_key)s, %(diamond_id)s, %(hold_id)s, %(price)s, %(reference)s::text,
        %(comments)s::text, %(destination_id)s::text, %(currency)s, %(amount_cents)s::bigint, %(rate)s::numeric,
        %(rated_on)s::date, %(customer)s::jsonb)
    ON CONFLICT DO NOTHING
RETURNING *;

-- name: find_purchase :one
-- A purchase by its id.
SELECT * FROM purchases WHERE id = %(purchase_id)s;

-- name: find_purchase_by_key :one
-- What the same request began before, unless that came to nothing.
SELECT *
  FROM purchases
 WHERE client_name = %(client_name)s AND client_key = %(client_key)s AND order_status NOT IN ('failed', 'cancelled');

-- name: list_purchases :many
-- A client's purchases, newest first.
SELECT *
  FROM purchases
 WHERE client_name = %(client_name)s
   AND (%(order_status)s::text IS NULL OR order_status = %(order_status)s)
   AND (%(before)s::bigint IS NULL OR number < %(before)s)
 ORDER BY number DESC
 LIMIT %(limit)s;

-- name: list_events :many
-- Every step of a purchase, in order.
SELECT id, event, order_status, payment_status, supplier_order, detail, created_at
  FROM purchase_events
 WHERE purchase_id = %(purchase_id)s
 ORDER BY id;

-- name: list_due_purchases :many
-- Purchases somebody has to look at, and nobody does.
SELECT id, turns
  FROM purchases
 WHERE next_look_at <= now() AND claimed_until <= now()
 ORDER BY next_look_at
 LIMIT %(limit)s;

-- name: list_lapsing :many
-- Purchases whose money is authorised but not captured, and will not be for long.
SELECT *
  FROM purchases
 WHERE payment_status = 'authorised' AND capture_before <= now() + make_interval(hours => %(hours)s)
 ORDER BY capture_before;

-- name: take_turn :one
-- Let one watcher give a due purchase its next process.
UPDATE purchases
   SET turns = turns + 1
 WHERE id = %(purchase_id)s AND turns = %(turns)s
RETURNING *;

-- name: claim_purchase :one
-- Become the one who works at a purchase, unless somebody does.
UPDATE purchases
   SET claim = %(claim)s, claimed_until = now() + make_interval(secs => %(lease_seconds)s)
 WHERE id = %(purchase_id)s AND claimed_until <= now() AND next_look_at IS NOT NULL
RETURNING *;

-- name: renew_claim :one
-- Go on working at a purchase, as it is now; nothing is returned to whoever lost it.
UPDATE purchases
   SET claimed_until = now() + make_interval(secs => %(lease_seconds)s)
 WHERE id = %(purchase_id)s AND claim = %(claim)s
RETURNING *;

-- name: leave_purchase :none
-- Stop working at a purchase until somebody has to look again; what changed meanwhile is due now.
UPDATE purchases
   SET claim = NULL,
       claimed_until = 'epoch',
       failures = %(failures)s,
       last_error = %(last_error)s::text,
       next_look_at = CASE WHEN news_at IS DISTINCT FROM %(news_at)s::timestamptz
                             OR supplier_news_at IS DISTINCT FROM %(supplier_news_at)s::timestamptz
                             OR updated_at <> %(decided_on)s::timestamptz THEN now()
                           ELSE %(next_look_at)s::timestamptz END
 WHERE id = %(purchase_id)s AND claim = %(claim)s;

-- name: lock_purchase :one
-- A purchase, for whoever writes to it in this transaction.
SELECT * FROM purchases WHERE id = %(purchase_id)s FOR UPDATE;

-- name: advance_purchase :one
-- Write what became known; what the changes do not name stays.
UPDATE purchases AS purchase
   SET (kind, order_status, payment_status, supplier_order, supplier_order_id, failure, cancel_reason, session_status,
        session_id, session_url, session_expires_at, payment_intent_id, authorised_cents, tax_cents, captured_cents, refunded_cents,
        capture_before, payment_attempt, looked_at, news_at, news_seen_at, customer, return_days, next_look_at, ended_at)
     = (SELECT changed.kind, changed.order_status, changed.payment_status, changed.supplier_order, changed.supplier_order_id,
               changed.failure, changed.cancel_reason, changed.session_status, changed.session_id, changed.session_url,
               changed.session_expires_at, changed.payment_intent_id, changed.authorised_cents, changed.tax_cents,
               changed.captured_cents, changed.refunded_cents, changed.capture_before, changed.payment_attempt, changed.looked_at,
               changed.news_at, changed.news_seen_at, changed.customer, changed.return_days, changed.next_look_at,
               CASE WHEN changed.order_status IN ('completed', 'failed', 'cancelled')
                    THEN COALESCE(purchase.ended_at, now()) END
          FROM jsonb_populate_record(purchase, %(changes)s::jsonb) AS changed),
       updated_at = now()
 WHERE purchase.id = %(purchase_id)s
RETURNING *;

-- name: record_event :none
-- Write down a step.
INSERT INTO purchase_events (purchase_id, event, order_status, payment_status, supplier_order, detail)
SELECT id, %(event)s, order_status, payment_status, supplier_order, %(detail)s::jsonb
  FROM purchases
 WHERE id = %(purchase_id)s;

-- name: find_bought_stone :one
-- What was bought, as its customer may know it, on sale or long gone.
SELECT id, shape, carats, COALESCE(color, fancy_color) AS color, clarity, cut, lab_grown, certificate_lab, certificate_number,
       return_days
  FROM diamonds
 WHERE id = %(diamond_id)s;

-- name: open_incident :one
-- Ask for a person's decision, once per kind and subject.
INSERT INTO incidents (kind, purchase_id, subject, summary, evidence, allowed_actions)
VALUES (%(kind)s, %(purchase_id)s::uuid, %(subject)s, %(summary)s, %(evidence)s::jsonb, %(allowed_actions)s::text[])
    ON CONFLICT DO NOTHING
RETURNING *;

-- name: find_incident :one
-- An incident, for whoever decides it.
SELECT * FROM incidents WHERE id = %(incident_id)s FOR UPDATE;

-- name: has_open_incident :one
-- Whether a purchase waits for a person.
SELECT EXISTS (SELECT FROM incidents WHERE purchase_id = %(purchase_id)s AND decided_at IS NULL);

-- name: list_incidents :many
-- Incidents, newest first: all, or those that wait, or those that do not.
SELECT *
  FROM incidents
 WHERE (%(open)s::boolean IS NULL OR (decided_at IS NULL) = %(open)s)
   AND (%(before)s::bigint IS NULL OR id < %(before)s)
 ORDER BY id DESC
 LIMIT %(limit)s;

-- name: decide_incident :one
-- Write down who decided what.
UPDATE incidents
   SET action = %(action)s, note = %(note)s::text, decided_by = %(decided_by)s, decided_at = now()
 WHERE id = %(incident_id)s AND decided_at IS NULL
RETURNING *;

-- name: close_incidents :many
-- End what has decided itself.
UPDATE incidents
   SET action = allowed_actions[1], note = %(note)s, decided_by = 'the app', decided_at = now()
 WHERE purchase_id = %(purchase_id)s AND kind = %(kind)s AND decided_at IS NULL
RETURNING id;

-- name: find_purchase_of_payment :one
-- Whose payment this is.
SELECT id FROM purchases WHERE payment_intent_id = %(payment_intent_id)s;

-- name: insert_payment_event :one
-- Keep an event; says whether it came for the first time.
INSERT INTO payment_events AS event (id, type, purchase_id, payload)
VALUES (%(id)s, %(type)s, %(purchase_id)s::uuid, %(payload)s::jsonb)
    ON CONFLICT (id) DO UPDATE SET deliveries = event.deliveries + 1
RETURNING event.deliveries = 1;

-- name: prune_payment_events :none
-- Forget events that no partner would tell of again.
DELETE FROM payment_events WHERE received_at < now() - make_interval(days => %(days)s);

-- name: nudge_purchase :one
-- The payment partner has something to tell: somebody has to look, in a turn of their own.
UPDATE purchases
   SET news_at = clock_timestamp(), next_look_at = now(), turns = turns + 1
 WHERE id = %(purchase_id)s
RETURNING *;

-- name: insert_refund :one
-- Ask for money to be given back.
INSERT INTO refunds (id, purchase_id, amount_cents, reason, requested_by)
VALUES (%(id)s, %(purchase_id)s, %(amount_cents)s, %(reason)s, %(requested_by)s)
RETURNING *;

-- name: find_refund :one
-- A refund by its id.
SELECT * FROM refunds WHERE id = %(refund_id)s;

-- name: list_refunds :many
-- The refunds of a purchase, oldest first.
SELECT * FROM refunds WHERE purchase_id = %(purchase_id)s ORDER BY created_at, id;

-- name: move_refund :one
-- Write down how a refund stands.
UPDATE refunds
   SET status = %(status)s,
       partner_id = COALESCE(%(partner_id)s::text, partner_id),
       failure = %(failure)s::text,
       attempt = %(attempt)s,
       updated_at = now()
 WHERE id = %(refund_id)s
RETURNING *;

-- name: list_recent_purchases :many
-- Purchases that moved lately, and have come to rest.
SELECT *
  FROM purchases
 WHERE updated_at >= %(since)s AND updated_at < %(until)s
 ORDER BY number;

-- name: insert_reconciliation :one
-- Keep what a night's comparison found.
INSERT INTO reconciliations (since, purchases, mismatches, unchecked)
VALUES (%(since)s, %(purchases)s, %(mismatches)s::jsonb, %(unchecked)s)
RETURNING *;

-- name: list_reconciliations :many
-- The latest comparisons.
SELECT * FROM reconciliations ORDER BY id DESC LIMIT %(limit)s;
