"""Tokens and keys that a service gives out, and what stands beside words such as "api key"."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

_DETECTORS = (
    ("aws", "AWSKeyDetector"),
    ("discord", "DiscordBotTokenDetector"),
    ("github_token", "GitHubTokenDetector"),
    ("gitlab_token", "GitLabTokenDetector"),
    ("mailchimp", "MailchimpDetector"),
    ("pypi_token", "PypiTokenDetector"),
    ("sendgrid", "SendGridDetector"),
    ("slack", "SlackDetector"),
    ("square_oauth", "SquareOAuthDetector"),
    ("stripe", "StripeDetector"),
    ("twilio", "TwilioKeyDetector"),
)
"""Detectors of detect-secrets whose patterns take time in proportion to the text, and leave prose alone.

The others do not serve here: "entropy" takes a GUID or a hash for a secret, "keyword" reads code, and those for JWT,
basic authentication, OpenAI and npm take quadratic time on hostile text, so that their shapes stand below, bounded.
"""

_BEGIN = "-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY"
_END = "-----END [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----"

PRIVATE_KEY = re.compile(f"{_BEGIN}.*?(?:{_END}|\\Z)", re.DOTALL)
JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+){0,3}")
AUTHORIZATION = re.compile(r"(?i)\b(?:bearer|basic)[ \t]{1,3}(?P<value>[\w.~+/-]{16,}+=*+)")
NAMED_TOKEN = re.compile(r"(?i)\btoken[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\"']?(?P<value>[\w.~+/-]{16,}+=*+)")
PREFIXED_KEY = re.compile(
    r"\bAIza[\w-]{35}|\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,})"
    r"|\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bnpm_[A-Za-z0-9]{36}"
    r"|\b(?:sk|rk|pk)[-_](?:live|test|proj|ant|svcacct)[-_][\w-]{16,}|\bsk-[A-Za-z0-9]{20,}"
)
"""Also the younger and shortened shapes that the detectors do not know."""
NAMED_KEY = re.compile(
    r"(?i)\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|aws[_ ]?secret[_ ]?access[_ ]?key|client[_ ]?secret"
    r"|api[_ -]?key|access[_ -]?key|secret[_ -]?key|sig)[\"']?[ \t]{0,3}(?:[:=]|is|=>)[ \t]{0,3}[\"']?"
    r"(?P<value>[A-Za-z0-9+/_%.~-]{16,}={0,2})"
)


def detected_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where a detector finds a key."""
    for pattern in _patterns():
        for match in pattern.finditer(text):
            yield match.span()


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    plugins: list[Any] = [
        getattr(import_module(f"detect_secrets.plugins.{module}"), name) for module, name in _DETECTORS
    ]
    return tuple(pattern for plugin in plugins for pattern in plugin.denylist)
