"""An alert as Slack (Block Kit) and Teams (adaptive card) show it."""

from typing import Any

from shared.alerts import Notice

SLACK_HEADER_CHARS = 150
CARD_VERSION = "1.4"
_COLOURS = {"critical": "attention", "warning": "warning", "info": "accent"}


def headline(notice: Notice) -> str:
    return f"{notice.change.capitalize()}: {notice.alert.severity}, {notice.alert.rule}"


def facts(notice: Notice) -> list[tuple[str, str]]:
    """What whoever reads it wants to know beside the text, in this order."""
    alert = notice.alert
    handled = {"acknowledged": alert.acknowledged_by, "cleared": alert.cleared_by}.get(notice.change)
    shown = [
        ("Value", f"{alert.value:g} (raised at {alert.raise_at:g}, highest {alert.peak:g})"),
        ("Since", alert.raised_at.isoformat(timespec="seconds")),
        ("By", handled or ""),
        ("Note", alert.note or ""),
        ("Do", alert.advice if notice.change == "raised" else ""),
        ("Alert", alert.id),
    ]
    return [(name, text) for name, text in shown if text]


def slack_message(notice: Notice) -> dict[str, Any]:
    """`text` is what a notification and a screen reader get."""
    lines = [f"*{name}:* {_escaped(text)}" for name, text in facts(notice)]
    return {
        "text": _escaped(f"{headline(notice)}: {notice.alert.text}"),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": headline(notice)[:SLACK_HEADER_CHARS]}},
            {"type": "section", "text": {"type": "mrkdwn", "text": _escaped(notice.alert.text)}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines)}},
        ],
    }


def teams_message(notice: Notice) -> dict[str, Any]:
    """A message with one card, as the workflow "Post to a channel when a webhook request is received" takes it."""
    colour = "good" if notice.change == "cleared" else _COLOURS[notice.alert.severity]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": CARD_VERSION,
        "body": [
            {"type": "TextBlock", "size": "Medium", "weight": "Bolder", "color": colour, "text": headline(notice)},
            {"type": "TextBlock", "wrap": True, "text": notice.alert.text},
            {"type": "FactSet", "facts": [{"title": name, "value": text} for name, text in facts(notice)]},
        ],
    }
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [content]}


def _escaped(text: str) -> str:
    """The three letters that mean something to Slack: a note must not mention a channel or make a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
