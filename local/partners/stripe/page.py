"""The payment page as a customer's browser or curl gets it: plain forms, no script."""

from html import escape
from string import Template
from typing import Any

from local.partners.stripe.desk import Json

FRAME = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1f36; }
label { display: block; margin: .75rem 0; }
input { display: block; width: 100%; box-sizing: border-box; padding: .5rem; font: inherit; }
button { font: inherit; padding: .6rem 1.5rem; background: #0a2540; color: #fff; border: 0;
         border-radius: 4px; cursor: pointer; }
[role=alert] { color: #b3093c; }
aside { color: #697386; font-size: .9rem; }
</style>
</head>
<body>
<main>
$content
</main>
<aside>TEST MODE. No money moves. Cards: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined,
4000 0027 6000 3184 asks the bank first.</aside>
</body>
</html>
""")
FIELDS = (
    ("cardNumber", "Card number", "cc-number", "1234 1234 1234 1234"),
    ("cardExpiry", "Expiry", "cc-exp", "MM / YY"),
    ("cardCvc", "CVC", "cc-csc", "123"),
    ("billingName", "Cardholder name", "cc-name", ""),
    ("billingCountry", "Country", "country", "CA"),
    ("billingPostalCode", "Postal code", "postal-code", ""),
)
SHIPPING_FIELDS = (
    ("shippingName", "Deliver to", "shipping name", ""),
    ("shippingAddressLine1", "Address", "shipping address-line1", ""),
    ("shippingLocality", "City", "shipping address-level2", ""),
    ("shippingAdministrativeArea", "Province or state", "shipping address-level1", ""),
    ("shippingPostalCode", "Postal code", "shipping postal-code", ""),
    ("shippingCountry", "Country", "shipping country", "CA"),
)


def payment(session: Json, problem: str | None, typed: dict[str, str]) -> str:
    """What was typed stands in the fields again, but for the card."""
    fields = [_field(*field, typed) for field in _fields(session)]
    return _page(
        "Checkout",
        f"""<h1>{_amount(session)}</h1>
<ul>{"".join(_line(item) for item in session["_line_items"]["data"])}</ul>
{_alert(problem)}
<form method="post">
{_email(session, typed)}
{"".join(fields)}
<button type="submit" class="SubmitButton">Pay {_amount(session)}</button>
</form>
{_back(session)}""",
    )


def authentication(session: Json) -> str:
    return _page(
        "3D Secure",
        f"""<h1>Your bank asks</h1>
<p>Did you order for {_amount(session)}?</p>
<form method="post">
<button name="outcome" value="complete" id="test-source-authorize-3ds">Complete</button>
<button name="outcome" value="fail" id="test-source-fail-3ds">Fail</button>
</form>""",
    )


def ended(session: Json) -> str:
    if session["status"] == "complete":
        return _page("Paid", "<h1>You have paid already</h1>")
    told = "<h1>This checkout session has timed out</h1><p>Return to the shop to start anew.</p>"
    return _page("Timed out", told + _back(session))


def shop(where: str) -> str:
    """Where a customer ends who came from no shop in earnest."""
    return _page("The shop", f"<h1>{escape(where)}</h1><p>Here your shop goes on.</p>")


def unknown() -> str:
    return _page("Not found", "<h1>Something went wrong</h1><p>There is no such page.</p>")


def _fields(session: Json) -> tuple[tuple[str, str, str, str], ...]:
    phone = (("phoneNumber", "Phone", "tel", ""),)
    return (
        *(SHIPPING_FIELDS if session["shipping_address_collection"] else ()),
        *(phone if session["phone_number_collection"]["enabled"] else ()),
        *FIELDS,
    )


def _field(name: str, label: str, purpose: str, hint: str, typed: dict[str, str]) -> str:
    value = "" if name.startswith("card") else typed.get(name, "")
    return (
        f'<label>{label}<input id="{name}" name="{name}" autocomplete="{purpose}"'
        f' placeholder="{hint}" value="{escape(value)}"></label>\n'
    )


def _email(session: Json, typed: dict[str, str]) -> str:
    if session["customer_email"]:
        return f"<p>Email: {escape(session['customer_email'])}</p>"
    return _field("email", "Email", "email", "", typed)


def _line(item: dict[str, Any]) -> str:
    return f"<li>{escape(item['description'])} x {item['quantity']}</li>"


def _amount(session: Json) -> str:
    """Minor units with two decimals, which is right for every currency sold in here."""
    cents = session["amount_total"]
    return f"{session['currency'].upper()} {cents // 100:,}.{cents % 100:02}"


def _alert(problem: str | None) -> str:
    return f'<p role="alert">{escape(problem)}</p>' if problem else ""


def _back(session: Json) -> str:
    url = session["cancel_url"]
    return f'<p><a id="back" href="{escape(url)}">Back to the shop</a></p>' if url else ""


def _page(title: str, content: str) -> str:
    return FRAME.substitute(title=title, content=content)
