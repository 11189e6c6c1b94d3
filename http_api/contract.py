"""What endpoints are made of: models, the validated call, and what each endpoint promises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    Self,
    TypeVar,
    cast,
    get_args,
    get_type_hints,
)
from uuid import UUID

import azure.functions as func
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from http_api import parsing
from http_api.deprecation import Deprecated
from http_api.exchange import JSON
from shared.access import service
from shared.access.model import ApiKey, Scope
from shared.platform.payload import Payload


def _within_the_calendar(moment: datetime) -> datetime:
    try:
        moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is before the year 1 or after 9999 in UTC") from error
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_within_the_calendar)]
"""A time with its offset; what the database would keep and nobody could read is refused."""


class Answer(BaseModel):
    """A body we send: camelCase on the wire, money as JSON numbers with two decimals."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, from_attributes=True
    )

    NEEDS: ClassVar[Scope | None] = None
    """The scope without which nobody sees this in an answer."""

    def remembered(self) -> Self:
        """What is kept for a repetition; a secret that is shown once leaves itself out."""
        return self


class Asked(BaseModel):
    """Parameters or a body we receive; what we do not know is refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    RENAMED: ClassVar[Mapping[str, str]] = {}
    """Parameters by the names they had before; these work, and are answered with a hint."""


class Nothing(Asked):
    """No parameters, no body."""


AskedT_co = TypeVar("AskedT_co", bound=BaseModel, covariant=True)
AnswerT = TypeVar("AnswerT", bound=Answer)


@dataclass(frozen=True)
class Start(Generic[AnswerT]):
    """What a handler wants started once its transaction is committed, and what to answer then."""

    orchestrator: str
    instance_id: str
    request: Payload
    answer: AnswerT


@dataclass(frozen=True)
class Written(Generic[AnswerT]):
    """An answer that is JSON already, or none of its own, by another status."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


@dataclass(frozen=True)
class Call(Generic[AskedT_co]):
    """One request, admitted and validated."""

    req: func.HttpRequest
    trace_id: str
    path: Mapping[str, Any]
    """The route's parts by name, of the declared types."""
    asked: AskedT_co
    key: ApiKey | None
    idempotency_key: str | None
    order: UUID | None = None
    """The purchase whose link was shown."""

    @property
    def caller(self) -> ApiKey:
        """Who asks; endpoints without a scope have nobody."""
        if self.key is None:
            raise LookupError("this endpoint is open to everybody")
        return self.key

    def id(self, name: str) -> UUID:
        """A UUID in the route."""
        return cast("UUID", self.path[name])

    @property
    def purchase_id(self) -> UUID:
        """Of the link that was shown; only endpoints that ask for one have it."""
        if self.order is None:
            raise LookupError("this endpoint asks for no link")
        return self.order

    def demand(self, scope: Scope) -> None:
        """Refuse a caller who may not do this besides."""
        service.permit(self.caller, scope)


Once = Literal["transaction", "steps"]
Result = BaseModel | func.HttpResponse | Start[Any] | Written[Any]


@dataclass(frozen=True)
class File:
    """A body that is a file rather than JSON; the handler finds it in `call.req`."""

    media_type: str
    most_bytes: int


@dataclass(frozen=True)
class Contract:
    """What an endpoint promises: who may call it, what it takes and what it answers."""

    scope: Scope | None
    """None: open to everybody who comes past the host's own keys."""
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    status: int
    path: Mapping[str, parsing.Kind]
    """Parts of the route that are no UUID."""
    once: Once
    deprecated: Deprecated | None
    handler: Callable[[Any], Result] = field(repr=False)
    produces: tuple[str, ...] = (JSON,)
    """The media types of a good answer."""
    also: tuple[int, ...] = ()
    """Statuses of its own besides those that every endpoint may answer."""
    reads: bool = False
    """Changes nothing, though it is asked with a body."""
    by_link: bool = False
    """For whoever has the link to an order; it takes the place of a key."""
    file: File | None = None
    """Besides the query: a body that is no JSON, and larger than JSON may be."""

    @property
    def most_bytes(self) -> int:
        return self.file.most_bytes if self.file else parsing.LARGEST_BODY

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def answer(self) -> type[BaseModel] | None:
        """The model of a good answer; None for what is no JSON of a model."""
        named = _models_in(get_type_hints(self.handler)["return"])
        return named[0] if named else None


def _models_in(hint: Any) -> list[type[BaseModel]]:
    """`Start[Data] | HttpResponse` names Data."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return [hint]
    return [model for part in get_args(hint) for model in _models_in(part)]


def contract_of(function: Any) -> Contract | None:
    """What the function of a trigger promised, if `endpoint` or `starter` made it."""
    found: Contract | None = getattr(function, "contract", None)
    return found
