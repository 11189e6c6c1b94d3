"""What may be asked of each endpoint; what may not is refused as Stripe does."""

import re
from typing import Annotated, Any, Literal, LiteralString, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from local.partners.stripe.form import bracketed, empty
from local.partners.stripe.refused import Refused

Json = dict[str, Any]

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
URL = re.compile(r"https?://[^\s/]+.*")
CURRENCY = re.compile(r"[A-Za-z]{3}")


def _like(pattern: re.Pattern[str], otherwise: LiteralString) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise PydanticCustomError(otherwise, "not like it")
        return value

    return AfterValidator(check)


Email = Annotated[str, _like(EMAIL, "email_invalid")]
Url = Annotated[str, _like(URL, "url_invalid")]
Currency = Annotated[str, _like(CURRENCY, "currency_invalid"), AfterValidator(str.lower)]
Metadata = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=500)]],
    Field(max_length=50),
]
Capture = Literal["automatic", "automatic_async", "manual"]
Asked = TypeVar("Asked", bound="Params")

SAID = {
    "missing": "Missing required param: {name}.",
    "extra_forbidden": "Received unknown parameter: {name}",
    "int_parsing": "Invalid integer: {given}",
    "bool_parsing": "Invalid boolean: {given}",
    "literal_error": "Invalid {name}: must be one of {expected}",
    "email_invalid": "Invalid email address: {given}",
    "url_invalid": "Not a valid URL",
    "currency_invalid": "Invalid currency: {given}.",
    "greater_than_equal": "This value is too small.",
}
CODES = {
    "missing": "parameter_missing",
    "extra_forbidden": "parameter_unknown",
    "int_parsing": "parameter_invalid_integer",
    "greater_than_equal": "parameter_invalid_integer",
    "email_invalid": "email_invalid",
    "url_invalid": "url_invalid",
}


class Params(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Call(Params):
    expand: list[str] = []


class ProductData(Params):
    name: str
    description: str | None = None
    images: list[str] = Field(default=[], max_length=8)
    metadata: Metadata = {}


class PriceData(Params):
    currency: Currency
    unit_amount: int = Field(ge=0)
    product_data: ProductData
    tax_behavior: Literal["inclusive", "exclusive", "unspecified"] = "unspecified"


class LineItem(Params):
    price_data: PriceData
    quantity: int = Field(default=1, ge=1)


class Address(Params):
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Shipping(Params):
    name: str
    address: Address
    phone: str | None = None


class IntentData(Params):
    capture_method: Capture = "automatic_async"
    description: str | None = None
    metadata: Metadata = {}
    receipt_email: Email | None = None
    shipping: Shipping | None = None
    statement_descriptor: str | None = Field(default=None, max_length=22)
    statement_descriptor_suffix: str | None = Field(default=None, max_length=22)


class AutomaticTax(Params):
    enabled: bool


class PhoneNumbers(Params):
    enabled: bool


class ShippingAddresses(Params):
    allowed_countries: list[Annotated[str, Field(pattern="^[A-Z]{2}$")]] = Field(min_length=1)


class CustomMessage(Params):
    message: str = Field(max_length=1200)


class CustomText(Params):
    after_submit: CustomMessage | None = None
    shipping_address: CustomMessage | None = None
    submit: CustomMessage | None = None
    terms_of_service_acceptance: CustomMessage | None = None


class CardOptions(Params):
    capture_method: Literal["manual"] | None = None
    request_extended_authorization: Literal["if_available", "never"] = "never"
    request_three_d_secure: Literal["any", "automatic", "challenge"] = "automatic"


class MethodOptions(Params):
    card: CardOptions = CardOptions()


class CreateSession(Call):
    mode: Literal["payment"]
    line_items: list[LineItem] = Field(min_length=1, max_length=100)
    success_url: Url
    cancel_url: Url | None = None
    ui_mode: Literal["hosted_page"] = "hosted_page"
    allowed_payment_method_types: list[Literal["card"]] = []
    automatic_tax: AutomaticTax = AutomaticTax(enabled=False)
    billing_address_collection: Literal["auto", "required"] | None = None
    client_reference_id: str | None = Field(default=None, max_length=200)
    custom_text: CustomText = CustomText()
    customer_creation: Literal["always", "if_required"] = "if_required"
    customer_email: Email | None = None
    expires_at: int | None = None
    locale: str | None = None
    metadata: Metadata = {}
    payment_intent_data: IntentData = IntentData()
    payment_method_options: MethodOptions | None = None
    phone_number_collection: PhoneNumbers = PhoneNumbers(enabled=False)
    shipping_address_collection: ShippingAddresses | None = None
    submit_type: Literal["auto", "book", "donate", "pay", "subscribe"] | None = None


class CaptureIntent(Call):
    amount_to_capture: int | None = Field(default=None, ge=1)
    final_capture: bool = True
    metadata: Metadata = {}
    statement_descriptor: str | None = Field(default=None, max_length=22)
    statement_descriptor_suffix: str | None = Field(default=None, max_length=22)


class CancelIntent(Call):
    cancellation_reason: (
        Literal["abandoned", "duplicate", "fraudulent", "requested_by_customer"] | None
    ) = None


class CreateRefund(Call):
    amount: int | None = Field(default=None, ge=1)
    charge: str | None = None
    payment_intent: str | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    metadata: Metadata = {}


class CreateEndpoint(Call):
    url: Url
    enabled_events: list[str] = Field(min_length=1)
    description: str | None = None
    metadata: Metadata = {}


class Created(Params):
    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None


class Listing(Call):
    limit: int = Field(default=10, ge=1, le=100)
    starting_after: str | None = None
    ending_before: str | None = None
    created: int | Created | None = None


class ListSessions(Listing):
    payment_intent: str | None = None
    status: Literal["complete", "expired", "open"] | None = None


class OfCharge(Listing):
    charge: str | None = None
    payment_intent: str | None = None


class ListCharges(Listing):
    payment_intent: str | None = None


class ListEvents(Listing):
    type: str | None = None
    types: list[str] | None = None
    delivery_success: bool | None = None


def checked(model: type[Asked], asked: Json) -> Asked:
    """Raises Refused, 400, before anything is done."""
    if (place := empty(asked)) is not None:
        name = bracketed(place)
        raise _refused(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to"
            f" unset a parameter; however '{name}' cannot be unset.",
            "parameter_invalid_empty",
            name,
        )
    try:
        return model.model_validate(asked)
    except ValidationError as error:
        raise _said(error.errors()[0]) from error


def _said(fault: ErrorDetails) -> Refused:
    name = bracketed(step for step in fault["loc"] if step not in ("int", "Created"))
    kind, context = fault["type"], fault.get("ctx", {})
    said = SAID.get(kind, "Invalid {name}: {why}")
    expected = str(context.get("expected", "")).replace("'", "")
    message = said.format(name=name, given=fault["input"], expected=expected, why=fault["msg"])
    return _refused(message, CODES.get(kind), name)


def _refused(message: str, code: str | None, param: str) -> Refused:
    return Refused(400, message, code=code, param=param)
