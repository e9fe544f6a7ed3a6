"""Lines on the terminal as Core Tools print them, filtered by the levels in host.json."""

import logging
from datetime import UTC, datetime

_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 10,
}


class ConsoleFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return f"[{moment.removesuffix('+00:00')}Z] {super().format(record)}"


class LevelFilter:
    """host.json's logging.logLevel: the longest category that is a prefix decides, else `default`."""

    def __init__(self, levels: dict[str, str]) -> None:
        known = {category: _LEVELS.get(level.lower(), logging.INFO) for category, level in levels.items()}
        self._default = known.pop("default", logging.INFO)
        self._levels = sorted(known.items(), key=lambda item: -len(item[0]))
        self._decided: dict[str, int] = {}

    def allows(self, category: str, level: int) -> bool:
        threshold = self._decided.get(category)
        if threshold is None:
            threshold = self._decided[category] = self._threshold(category)
        return level >= threshold

    def lowest(self) -> int:
        return min([self._default, *(level for _, level in self._levels)])

    def _threshold(self, category: str) -> int:
        for prefix, level in self._levels:
            if category == prefix or category.startswith(prefix.rstrip(".") + "."):
                return level
        return self._default


class _CategoryFilter(logging.Filter):
    def __init__(self, levels: dict[str, str]) -> None:
        super().__init__()
        self._levels = LevelFilter(levels)

    def filter(self, record: logging.LogRecord) -> bool:
        category = getattr(record, "category", None) or f"Host.{record.name.removeprefix('devhost.')}"
        own = record.name.split(".")[0] == "devhost"
        return self._levels.allows(category, record.levelno) if own else record.levelno >= logging.WARNING


def start(levels: dict[str, str]) -> None:
    """Send the host's own log to standard output; what is called again replaces the levels."""
    import sys

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(ConsoleFormatter())
    handler.addFilter(_CategoryFilter(levels))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("devhost").setLevel(LevelFilter(levels).lowest())
