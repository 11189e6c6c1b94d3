"""What an app and its host.json say about orchestrations."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.host.config import HostConfig
from local.host.index import Function


@dataclass(frozen=True)
class Plan:
    """Names are case-folded: Functions does not care about case."""

    orchestrators: Mapping[str, Function]
    activities: Mapping[str, Function]
    max_turns: int
    max_activities: int
    default_version: str

    @classmethod
    def of(cls, functions: list[Function], config: HostConfig) -> "Plan":
        orchestrators, activities = (
            {f.durable_name.casefold(): f for f in functions if f.type == trigger}
            for trigger in ("orchestrationTrigger", "activityTrigger")
        )
        return cls(
            orchestrators,
            activities,
            config.max_orchestrators,
            config.max_activities,
            config.default_version,
        )
