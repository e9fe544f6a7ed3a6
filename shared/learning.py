"""Learning from what a requester said, once they have their answer: what is asked, and what came of it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from shared.facts import Learned
from shared.model import Model
from shared.thinking import KnownFact, Lane, Turn


class LearnRequest(Model):
    """Turns of one thread, masked. `source` says where they were said, such as a ticket's id."""

    requester_id: str
    thread: str
    source: str
    said_at: datetime
    turns: tuple[Turn, ...]
    subject: str = ""


class LearnWork(Model):
    """A step's input."""

    tenant: str
    request: LearnRequest
    learned: Learned = Learned(facts=())


class CaughtUp(Model):
    """How many turns memory had missed; `degraded` names what is still down."""

    restored: int = 0
    degraded: str | None = None


class Kept(Model):
    """How many facts were written, and how many were not fit to be kept."""

    written: int = 0
    refused: int = 0


class ExtractionQuestion(Model):
    """What a requester said, as the extraction agent sees it: data, and untrusted as such."""

    subject: str
    said: tuple[str, ...]
    known_facts: tuple[KnownFact, ...] = ()
    lane: Lane = "batch"


class ThreadQuestion(Model):
    """What a summary is to stand for: the summary before, and the turns since."""

    earlier: str | None
    turns: tuple[Turn, ...]
    lane: Lane = "batch"


class ThreadSummary(Model):
    text: Annotated[str, Field(min_length=1, max_length=1_500)]
