"""Route templates of HTTP triggers: `{name}`, `{name?}`, `{name:constraint}`, `{name=default}`, `{*rest}`."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from .errors import HostError

_TOKEN = re.compile(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_PARAMETER = re.compile(r"(\*{0,2})(\w[\w-]*)((?::[^:?=()]+(?:\(.*?\))?)*)(\?)?(?:=(.*))?")
_CONSTRAINT = re.compile(r":([a-zA-Z]+)(?:\((.*?)\))?(?=:|$)")


def _parses(convert: Callable[[str], object]) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            convert(value)
        except ValueError:
            return False
        return True

    return check


_PLAIN: dict[str, Callable[[str], bool]] = {
    "int": lambda value: bool(re.fullmatch(r"[+-]?\d+", value)) and -(2**31) <= int(value) < 2**31,
    "long": lambda value: bool(re.fullmatch(r"[+-]?\d+", value)) and -(2**63) <= int(value) < 2**63,
    "bool": lambda value: value.lower() in ("true", "false"),
    "alpha": lambda value: bool(re.fullmatch(r"[A-Za-z]*", value)),
    "guid": _parses(uuid.UUID),
    "decimal": _parses(float),
    "double": _parses(float),
    "float": _parses(float),
    "datetime": _parses(datetime.fromisoformat),
    "required": bool,
}
_WITH_ARGUMENT: dict[str, Callable[[str, str], bool]] = {
    "minlength": lambda value, given: len(value) >= int(given),
    "maxlength": lambda value, given: len(value) <= int(given),
    "min": lambda value, given: _PLAIN["long"](value) and int(value) >= int(given),
    "max": lambda value, given: _PLAIN["long"](value) and int(value) <= int(given),
    "length": lambda value, given: _between(len(value), given if "," in given else f"{given},{given}"),
    "range": lambda value, given: _PLAIN["long"](value) and _between(int(value), given),
    "regex": lambda value, given: re.search(given, value) is not None,
}


def _between(number: int, bounds: str) -> bool:
    low, high = bounds.split(",")
    return int(low) <= number <= int(high)


@dataclass(frozen=True, slots=True)
class Route:
    """One compiled template; `rank` orders templates, the more specific first."""

    pattern: re.Pattern[str]
    constraints: dict[str, list[Callable[[str], bool]]]
    defaults: dict[str, str]
    rank: tuple[int, ...]

    def match(self, path: str) -> dict[str, str] | None:
        """The route's parameters when it fits `path` (percent-encoded, without outer slashes), else None."""
        found = self.pattern.fullmatch(f"/{path}" if path else "")
        if not found:
            return None
        values = {name: unquote(value) for name, value in found.groupdict().items() if value}
        for name, checks in self.constraints.items():
            if name in values and not all(check(values[name]) for check in checks):
                return None
        return {**self.defaults, **values}


def compile_route(template: str) -> Route:
    """Compile a template.

    Raises:
        HostError: it is not one, or names a constraint that does not exist.
    """
    pattern = ""
    constraints: dict[str, list[Callable[[str], bool]]] = {}
    defaults: dict[str, str] = {}
    ranks: list[int] = []
    for segment in filter(None, template.split("/")):
        text, rank = _segment(segment, template, constraints, defaults)
        pattern += text
        ranks.append(rank)
    return Route(re.compile(pattern, re.IGNORECASE), constraints, defaults, tuple(ranks))


def _segment(
    segment: str,
    template: str,
    constraints: dict[str, list[Callable[[str], bool]]],
    defaults: dict[str, str],
) -> tuple[str, int]:
    text, position, optional, rank = "", 0, False, 0
    for token in _TOKEN.finditer(segment):
        text += re.escape(segment[position : token.start()])
        position = token.end()
        parameter = _PARAMETER.fullmatch(token.group(1))
        # The name becomes that of a group in the pattern, hence a Python identifier, and once only.
        if not parameter or not parameter.group(2).isidentifier() or parameter.group(2) in constraints:
            raise HostError(f"route '{template}': '{token.group()}' is not a route parameter")
        star, name, rules, question, default = parameter.groups()
        constraints[name] = [
            _constraint(rule.group(1), rule.group(2), template) for rule in _CONSTRAINT.finditer(rules)
        ]
        if default is not None:
            defaults[name] = default
        optional = bool(star or question or default is not None)
        rank = 3 if star else 1 if rules else 2
        text += f"(?P<{name}>{'.*' if star else '[^/]+'})"
    text += re.escape(segment[position:])
    return (f"(?:/{text})?" if optional else f"/{text}"), rank


def _constraint(name: str, argument: str | None, template: str) -> Callable[[str], bool]:
    if argument and name.lower() in _WITH_ARGUMENT:
        check = _WITH_ARGUMENT[name.lower()]
        return lambda value: check(value, argument)
    if not argument and name.lower() in _PLAIN:
        return _PLAIN[name.lower()]
    raise HostError(f"route '{template}': constraint '{name}' is not known")
