"""What the desk remembers: threads of conversation, and what it knows of a requester."""

from datetime import datetime

from shared.model import Model


class Summary(Model):
    """What was said up to and with the turn `through`, in a few words."""

    text: str
    through: str


class ThreadInfo(Model):
    thread: str
    last_used_at: datetime


class ThreadPage(Model):
    items: tuple[ThreadInfo, ...]
    next_cursor: str | None = None
