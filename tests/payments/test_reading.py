"""What a look at the payment partner changes: only ever forward, and never what was not asked."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from shared.payments.model import PaymentSeen, RefundSeen
from shared.payments.reading import Known, changes, mismatch

OPEN = Known(session="open", payment="none", ordered=False, currency="cad", amount=1_000)
PAID = replace(OPEN, session="complete", payment="authorised")
TAKEN = replace(PAID, payment="captured", ordered=True, captured=1_000)
UNPAID = PaymentSeen(session="open", subtotal=1_000, currency="cad")
AUTHORISED = PaymentSeen("complete", 1_000, "cad", "pi_1", "requires_capture", 1_000)
CAPTURED = replace(AUTHORISED, intent_status="succeeded", received=1_000)
LAPSED = replace(AUTHORISED, intent_status="canceled", cancellation_reason="automatic")
VOIDED = replace(LAPSED, cancellation_reason="requested_by_customer")
HALF = RefundSeen("re_1", 500, "succeeded", None)


@pytest.mark.parametrize(
    ("known", "seen", "expected"),
    [
        (OPEN, UNPAID, None),
        (OPEN, AUTHORISED, "authorised"),
        (OPEN, CAPTURED, "authorised"),
        (OPEN, LAPSED, "failed"),
        (PAID, AUTHORISED, None),
        (PAID, UNPAID, None),
        (PAID, CAPTURED, None),
        (replace(PAID, ordered=True), CAPTURED, "captured"),
        (PAID, LAPSED, "failed"),
        (PAID, VOIDED, "voided"),
        (TAKEN, AUTHORISED, None),
        (TAKEN, replace(CAPTURED, refunds=(HALF,)), None),
        (TAKEN, replace(CAPTURED, refunds=(HALF, HALF)), "refunded"),
        (replace(PAID, payment="voided"), CAPTURED, None),
        (replace(PAID, payment="failed"), AUTHORISED, None),
    ],
)
def test_a_payment_only_goes_forward(known: Known, seen: PaymentSeen, expected: str | None) -> None:
    assert changes(known, seen).get("payment_status") == expected


def test_refunds_that_are_under_way_are_not_counted() -> None:
    pending = replace(HALF, state="pending")

    assert changes(TAKEN, replace(CAPTURED, refunds=(HALF, pending)))["refunded_cents"] == 500


@pytest.mark.parametrize(
    "other", [{"subtotal": 1_001}, {"currency": "usd"}, {"amount": 1_130}, {"tax": 130}]
)
def test_another_amount_than_was_asked_for_is_a_mismatch(other: dict[str, Any]) -> None:
    assert mismatch(OPEN, AUTHORISED) is None
    assert mismatch(OPEN, replace(AUTHORISED, **other))


def test_tax_on_top_is_no_mismatch() -> None:
    taxed = replace(AUTHORISED, amount=1_130, tax=130)

    assert mismatch(OPEN, taxed) is None
    assert changes(OPEN, taxed)["tax_cents"] == 130


def test_the_app_starts_without_the_payment_partners_library() -> None:
    program = "import sys, function_app; print('stripe' in sys.modules)"

    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert said.stdout.strip() == "False", said.stderr
