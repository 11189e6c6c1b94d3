-- A refund that counted as failed was made after all: the payment partner knows.
INSERT INTO allowed_transitions (machine, from_state, to_state) VALUES
    ('refund', 'failed', 'pending'),
    ('refund', 'failed', 'succeeded');
