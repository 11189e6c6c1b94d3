-- name: set_deadline :none
-- Something has to happen by then; an open deadline of the same subject moves.
INSERT INTO deadlines (kind, subject, due_at, escalate_at, default_action)
VALUES (%(kind)s, %(subject)s, %(due_at)s::timestamptz,
        LEAST(%(escalate_at)s::timestamptz, %(due_at)s::timestamptz), %(default_action)s)
    ON CONFLICT (kind, subject) WHERE met_at IS NULL DO UPDATE
   SET due_at = EXCLUDED.due_at, escalate_at = EXCLUDED.escalate_at, escalated_at = NULL
 WHERE deadlines.due_at <> EXCLUDED.due_at;

-- name: meet_deadline :none
-- It happened, or need not any more.
UPDATE deadlines SET met_at = now() WHERE kind = %(kind)s AND subject = %(subject)s AND met_at IS NULL;

-- name: claim_escalations :many
-- Deadlines of which people have to hear now, each once.
UPDATE deadlines
   SET escalated_at = now()
 WHERE id IN (SELECT id
                FROM deadlines
               WHERE met_at IS NULL AND escalated_at IS NULL AND escalate_at <= now()
               ORDER BY escalate_at
               LIMIT %(limit)s
                 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, subject, due_at, default_action, escalated_at, met_at;

-- name: list_deadlines :many
-- What is still to happen, the nearest first.
SELECT id, kind, subject, due_at, default_action, escalated_at, met_at
  FROM deadlines
 WHERE met_at IS NULL
 ORDER BY due_at, id
 LIMIT %(limit)s;
