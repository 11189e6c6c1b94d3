-- name: insert_request :one
-- Ask for something; nothing is returned where the same is being asked already.
INSERT INTO customer_requests (id, kind, purchase_id, diamond_id, client_name, by_link, message, contact)
VALUES (%(id)s, %(kind)s, %(purchase_id)s::uuid, %(diamond_id)s, %(client_name)s, %(by_link)s, %(message)s, %(contact)s::text)
    ON CONFLICT DO NOTHING
RETURNING *;

-- name: find_same_request :one
-- What is being asked already: the return of this purchase, or the same question.
SELECT *
  FROM customer_requests
 WHERE kind = %(kind)s
   AND CASE kind WHEN 'return' THEN purchase_id = %(purchase_id)s::uuid AND status NOT IN ('refused', 'cancelled')
                 ELSE client_name = %(client_name)s AND diamond_id = %(diamond_id)s AND message = %(message)s
                      AND status = 'requested' END;

-- name: count_open_questions :one
-- How many questions of one client, or about one purchase, wait for an answer.
SELECT count(*)
  FROM customer_requests
 WHERE kind = 'question' AND status = 'requested' AND client_name = %(client_name)s
   AND purchase_id IS NOT DISTINCT FROM %(purchase_id)s::uuid;

-- name: lock_request :one
-- A request, for whoever writes to it in this transaction.
SELECT * FROM customer_requests WHERE id = %(request_id)s FOR UPDATE;

-- name: move_request :one
-- Write down what became of a request.
UPDATE customer_requests
   SET status = %(status)s,
       answer = COALESCE(%(answer)s::text, answer),
       decided_by = COALESCE(%(decided_by)s::text, decided_by),
       refund_id = COALESCE(%(refund_id)s::uuid, refund_id),
       updated_at = now()
 WHERE id = %(request_id)s
RETURNING *;

-- name: list_requests_of :many
-- What was asked about a purchase, oldest first.
SELECT * FROM customer_requests WHERE purchase_id = %(purchase_id)s ORDER BY number;

-- name: list_requests :many
-- Requests, newest first: all, or those of a kind or in a status.
SELECT *
  FROM customer_requests
 WHERE (%(kind)s::text IS NULL OR kind = %(kind)s)
   AND (%(status)s::text IS NULL OR status = %(status)s)
   AND (%(before)s::bigint IS NULL OR number < %(before)s)
 ORDER BY number DESC
 LIMIT %(limit)s;
