"""Settings of the watch, the crew that runs by itself."""

from datetime import time, timedelta
from functools import cached_property
from typing import Annotated, Any

from pydantic import BeforeValidator, NonNegativeFloat

from shared.setting_types import NotNegative, Positive, Section, Share
from shared.watch_cycles import Thresholds
from shared.watch_schedule import Window


def _window(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    opens, dash, closes = value.partition("-")
    if not dash:
        raise ValueError("must be two wall times, such as 02:00-03:00")
    return Window(opens=time.fromisoformat(opens.strip()), closes=time.fromisoformat(closes.strip()))


class WatchSettings(Section):
    """The watch"""

    watch_every_h: NotNegative = 24
    """hours from one cycle to the next, counted from when the desk first ran; 0 is only by `POST /api/watch`"""
    watch_window: Annotated[Window, BeforeValidator(_window)] = Window(opens=time(2), closes=time(3))
    """in which no cycle starts by itself, wall time in `BUSINESS_ZONE`; the same time twice is no window"""
    watch_max_execution_s: Positive = 300
    """a cycle that takes longer is told of"""
    watch_min_success_rate: Share = 0.95
    """the same where fewer of the last ten cycles succeeded"""
    watch_max_cost_usd: NonNegativeFloat = 1.0
    """the same for a cycle that costs more, by `MODEL_PRICES_USD`"""
    watch_max_error_rate: Share = 0.05
    """the same where more of a cycle's attempts failed"""

    @property
    def watch_every(self) -> timedelta:
        return timedelta(hours=self.watch_every_h)

    @cached_property
    def watch_thresholds(self) -> Thresholds:
        return Thresholds(
            execution_s=self.watch_max_execution_s,
            success_rate=self.watch_min_success_rate,
            cost_usd=self.watch_max_cost_usd,
            error_rate=self.watch_max_error_rate,
        )
