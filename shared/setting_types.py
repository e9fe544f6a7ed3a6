"""How a setting is written in the environment: one type for each way, with its limits."""

import json
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

DAY_S = 24 * 3600
LONGEST_TIMER_S = 6 * DAY_S


class Section(BaseModel):
    """Settings of one part of the desk: an attribute is the name in the environment in small letters.

    The line under an attribute says what it means, for docs/configuration.md. Values stand as defaults; no
    secret and no endpoint has one.
    """

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    ENVIRONMENT_NAMES: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Where an attribute goes by other names in the environment; the first that is set counts."""

    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """What must be set given the rest: attributes by the reason."""
        return {}


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _parts(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _every_part(value: Any) -> Any:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _wall_time(value: Any) -> Any:
    moment = time.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is not None:
        raise ValueError("is a wall time; its zone is BUSINESS_ZONE")
    return moment


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError("not a known time zone") from error


def _in_order(value: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(value)))


FromJson = BeforeValidator(_json)
"""A JSON text. In front of the type that it must hold: `Annotated[dict[str, int], FromJson]`."""
FromList = BeforeValidator(_parts)
"""Values with commas between them; empty ones do not count."""
FromFullList = BeforeValidator(_every_part)
"""Values with commas between them, of which none may be empty."""

type Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
type NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
type Share = Annotated[float, Field(ge=0, le=1)]
type Count = Annotated[int, Field(ge=1)]
type Limit = Annotated[int, Field(ge=0)]
"""0 is no limit."""
type TimerSeconds = Annotated[float, Field(gt=0, lt=LONGEST_TIMER_S, allow_inf_nan=False)]
"""Under six days: a longer durable timer can hold an instance."""
type WallTime = Annotated[time, BeforeValidator(_wall_time)]
type Zone = Annotated[str, AfterValidator(_zone)]
type Weekdays = Annotated[
    tuple[Annotated[int, Field(ge=0, le=6)], ...], FromFullList, Field(min_length=1), AfterValidator(_in_order)
]
"""From 0 (Monday) to 6."""
type Dates = Annotated[tuple[date, ...], FromList]
