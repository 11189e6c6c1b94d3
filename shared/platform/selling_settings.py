"""What holds, payments and checkouts can be told."""

from decimal import Decimal

from pydantic import Field, SecretStr

from shared.platform.setting_groups import Group, Share, is_a_secret


class Selling(Group):
    hold_minutes: int = Field(default=30, ge=1)
    longest_hold_minutes: int = Field(default=2_880, ge=1)
    """From the first minute, however often a hold is extended."""
    price_tolerance: Share = Decimal("0.01")
    """How far the supplier's ask may be from the one our price was made from."""
    quote_secret: SecretStr | None = None
    """Signs quotes; a new one ends all that are out."""
    quote_minutes: int = Field(default=60, ge=1, le=1_440)
    lease_seconds: int = Field(default=180, ge=1)
    """Whoever has not ended a step by then counts as dead; longer than any partner may take."""
    return_days: int = Field(default=14, ge=0, le=365)
    """After its completion an order may be sent back, if its supplier allows; 0: never."""
    order_page_days: int = Field(default=400, ge=1, le=3_650)
    """How long after a purchase the link to its page works."""


class Stripe(Group):
    """Without both secrets no checkout begins; placeholders count as nothing."""

    secret_key: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    api_base: str = "https://api.stripe.com"
    timeout_seconds: float = Field(default=20, gt=0)

    @property
    def missing(self) -> list[str]:
        needed = {"secret_key": ("sk_", "rk_"), "webhook_secret": ("whsec_",)}
        return [
            f"STRIPE_{name.upper()}"
            for name, beginnings in needed.items()
            if not is_a_secret(getattr(self, name), beginnings)
        ]


class Checkout(Group):
    minutes: int = Field(default=35, ge=31, le=1_400)
    """How long a customer may take to pay; Stripe's least is 30."""
    success_url: str | None = None
    """`{CHECKOUT_SESSION_ID}` in it is replaced; a checkout may name others."""
    cancel_url: str | None = None
    ship_to: str = ""
    """Countries to ship to, as `CA,US`; an address is asked for when there is one."""
    automatic_tax: bool = False

    @property
    def countries(self) -> list[str]:
        return [name.strip().upper() for name in self.ship_to.split(",") if name.strip()]
