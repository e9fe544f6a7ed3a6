"""Settings of what guards the desk and its requesters."""

from shared.setting_types import Positive, Section


class SafetySettings(Section):
    """Safety"""

    content_safety_endpoint: str | None = None
    """Azure AI Content Safety, whose Prompt Shields look at each ticket after the rules have; with Entra"""
    content_safety_timeout_s: Positive = 5
    """after so long the rules go on alone, and the ticket says `degraded: ["content-safety"]`"""
    retention_days: Positive = 90
    """how long durable instances that have ended, and the blobs of their work, are kept; longer than
    `REOPEN_WINDOW_S`"""
