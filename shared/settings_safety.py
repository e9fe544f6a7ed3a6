"""Settings of what guards the desk and its requesters."""

from typing import Annotated

from pydantic import AfterValidator

from shared.setting_types import FromList, Positive, Section


def _hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    for host in value:
        if not all(part.replace("-", "a").isalnum() for part in host.split(".")):
            raise ValueError(f"{host} is no host: name it without scheme, port and path")
    return tuple(host.casefold() for host in value)


class SafetySettings(Section):
    """Safety"""

    answer_link_hosts: Annotated[tuple[str, ...], FromList, AfterValidator(_hosts)] = ()
    """hosts that answers may link to by https, with commas, beside the links in the passages they rest on"""
    content_safety_endpoint: str | None = None
    """Azure AI Content Safety, whose Prompt Shields look at each ticket after the rules have, at what is recalled for
    it, and at what tools tell; with Entra"""
    content_safety_timeout_s: Positive = 5
    """after so long the rules go on alone, and the ticket says `degraded: ["content-safety"]`"""
    retention_days: Positive = 90
    """how long durable instances that have ended, and the blobs of their work, are kept; longer than
    `REOPEN_WINDOW_S`"""
