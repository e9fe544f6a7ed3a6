"""Personal data and secrets are replaced before any model sees a text.

These are the desk's own rules, for English, French, German and Spanish texts; a kept library of
recognisers is meant to take their place. They prefer to leave alone what support needs: ticket numbers,
versions, IP addresses, times, dates and error codes. Every pattern is bounded, so that any text takes
time in proportion to its length.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from shared.checked_numbers import (
    card_length,
    iban_length,
    insee_length,
    international_phone_length,
    national_phone_length,
    steuer_id_length,
)
from shared.spoken_passwords import (
    any_length,
    named_before_length,
    password_length,
    password_patterns,
    telling_length,
)

type Measure = Callable[[str], int]


class _Rule(NamedTuple):
    """`group` is what may be replaced; `measure` says how much of it is real, 0 for nothing."""

    kind: str
    pattern: re.Pattern[str]
    group: str | int = 0
    measure: Measure = len


def mask(text: str) -> tuple[str, tuple[str, ...]]:
    """Replace what is personal or secret by its kind in brackets, as in "[email]".

    Returns the text and the kinds found, in the order in which they were looked for. Masking twice
    changes nothing more.
    """
    kinds: dict[str, None] = {}
    for rule in _rules():
        masked = _apply(rule, text)
        if masked != text:
            kinds[rule.kind] = None
            text = masked
    return text, tuple(kinds)


def _apply(rule: _Rule, text: str) -> str:
    pieces: list[str] = []
    done = position = 0
    while match := rule.pattern.search(text, position):
        start = match.start(rule.group)
        length = rule.measure(match[rule.group])
        if length:
            pieces += (text[done:start], f"[{rule.kind}]")
            done = position = start + length
        else:
            position = match.start() + 1
    return "".join((*pieces, text[done:]))


@cache
def _rules() -> tuple[_Rule, ...]:
    """Longest and surest first: what one rule has replaced, no later rule sees."""
    return (*_secrets(), *_passwords(), *_personal(), *_phones())


def _secrets() -> tuple[_Rule, ...]:
    begin, end = "-----BEGIN [A-Z ]{0,30}PRIVATE KEY", "-----END [A-Z ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----"
    cloud = (
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        r"\bAIza[\w-]{35}",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,})",
        r"\bxox[abeprs]-[A-Za-z0-9-]{10,}",
        r"\b(?:sk|rk|pk)[-_](?:live|test|proj|ant|svcacct)[-_][\w-]{16,}|\bsk-[A-Za-z0-9]{20,}",
    )
    named = (
        r"(?i)\b(?:AccountKey|SharedAccessKey|SharedAccessSignature"
        r"|aws[_ ]?secret[_ ]?access[_ ]?key|client[_ ]?secret"
        r"|api[_ -]?key|access[_ -]?key|secret[_ -]?key|sig)[\"']?"
        r"[ \t]{0,3}(?:[:=]|is|=>)[ \t]{0,3}[\"']?"
        r"(?P<value>[A-Za-z0-9+/_%.~-]{16,}={0,2})"
    )
    return (
        _Rule("private_key", re.compile(f"{begin}.*?(?:{end}|\\Z)", re.DOTALL)),
        _Rule("token", re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+){0,3}")),
        _Rule("token", re.compile(r"(?i)\b(?:bearer|basic)[ \t]{1,3}(?P<value>[\w.~+/-]{16,}+=*+)"), "value"),
        _Rule(
            "token",
            re.compile(r"(?i)\btoken[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\"']?(?P<value>[\w.~+/-]{16,}+=*+)"),
            "value",
        ),
        _Rule("cloud_key", re.compile("|".join(cloud))),
        _Rule("cloud_key", re.compile(named), "value"),
    )


def _passwords() -> tuple[_Rule, ...]:
    judges: dict[str, Measure] = {
        "quoted": any_length,
        "secret": password_length,
        "telling": telling_length,
        "before": named_before_length,
        "digits": any_length,
    }
    return tuple(_Rule("password", pattern, group, judges[group]) for pattern, group in password_patterns())


def _personal() -> tuple[_Rule, ...]:
    insee = r"(?<![\w.-])[12](?:[ .-]?\d){4}[ .-]?(?:\d[ .-]?\d|2[ABab])(?:[ .-]?\d){8}(?![\w])"
    return (
        _Rule("email", re.compile(r"[\w.+%&'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@])")),
        _Rule(
            "iban",
            re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}"),
            measure=iban_length,
        ),
        _Rule("card", re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?:[ -]?\d)?"), measure=card_length),
        _Rule("national_id", re.compile(insee), measure=insee_length),
        _Rule("national_id", re.compile(r"(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])")),
        _Rule("national_id", re.compile(r"\b(?:[A-Z]{2}|[a-z]{2}) ?\d\d ?\d\d ?\d\d ?[A-Da-d]\b")),
        _Rule(
            "national_id",
            re.compile(r"(?<![\w.+-])[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?![\w-])"),
            measure=steuer_id_length,
        ),
    )


def _phones() -> tuple[_Rule, ...]:
    free = r"(?<![\w.+/#-])"
    words = ("ticket", "case", "error", "code", "order", "serial", "asset", "build", "ref")
    no_number_of_ours = "".join(rf"(?<!{word} )" for word in words)
    called = (
        r"(?i)\b(?:tele?(?:phone|fono|fon)?|téléphone|teléfono|t[eé]l|phone|mobile?|móvil|portable"
        r"|handy|cell|call me|ring me|reach me|appelez[ -]moi|rappelez[ -]moi|llám[ae]me"
        r"|rufnummer|rufen sie mich|whatsapp)\b"
        r"(?:[ .:=]{1,3}(?:number|no|nr|nummer|num[eé]ro|is|est|ist|es|back|on|at|au|unter|al|an)\b){0,3}"
        r"[ .:=#]{1,4}"
        r"(?P<number>\(?\d(?:[ /()-]{0,2}\d){6,14})(?![\w.]*\d)"
    )
    return (
        _Rule(
            "phone",
            re.compile(r"(?<![\w.+/#-])\+[1-9](?:(?:\(0\)|[ .\-/()]{0,2})\d){7,14}(?!\d)"),
            measure=international_phone_length,
        ),
        _Rule("phone", re.compile(rf"{free}{no_number_of_ours}00[1-9](?:[ .\-/]?\d){{9,12}}(?!\d)")),
        _Rule("phone", re.compile(rf"{free}{no_number_of_ours}0[1-9]([ .-]?)\d\d(?:\1\d\d){{3}}(?![\w:-])")),
        _Rule("phone", re.compile(rf"{free}(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])\d{{3}}[ .-]\d{{4}}(?![\w.-]*\d)")),
        _Rule("phone", re.compile(rf"{free}[6-9]\d\d(?: \d{{3}} \d{{3}}| \d\d \d\d \d\d)(?![\w:]| \d)")),
        _Rule(
            "phone",
            re.compile(
                rf"{free}{no_number_of_ours}\(?0[1-9]\d{{1,4}}\)?[ /-]\d{{2,9}}"
                r"(?:[ -]\d{2,6}){0,3}(?![\w:])"
            ),
            measure=national_phone_length,
        ),
        _Rule("phone", re.compile(called), "number", _unless_a_date),
    )


def _unless_a_date(candidate: str) -> int:
    dated = re.match(r"(?:19|20)\d\d[-/ ]\d\d[-/ ]\d\d|\d\d[-/ ]\d\d[-/ ](?:19|20)\d\d", candidate)
    return 0 if dated else len(candidate)
