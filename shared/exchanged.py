"""What activities of an episode take and give."""

from typing import Any, Literal

from pydantic import JsonValue

from shared.actions import Action
from shared.desk import TicketDocument
from shared.masking import restore
from shared.model import Model
from shared.thinking import Turn, Usage
from shared.tickets import Requester


class Application(Model):
    """One action to carry out; the same key has its effect once."""

    action: Action
    key: str
    ticket_id: str = ""
    requester_id: str | None = None
    approved_by: tuple[str, ...] = ()
    fields: dict[str, JsonValue] = {}
    """The ticket's own, as they are now, where the action would change them."""


class ReplyDraft(Model):
    """What to tell the requester, and under which id so that a repeat is dropped."""

    document: TicketDocument
    answer: str
    by_person: bool
    notification_id: str
    given: dict[str, str] = {}
    """What the requester gave of personal data and may read again, by its kind."""

    @property
    def text(self) -> str:
        """The answer as they get it: what was done is said in the words of what was really done, not of the plan."""
        done = [f"- {result.summary}" for result in self.document.actions] if not self.by_person else []
        return "\n".join([restore(self.answer, self.given), *([""] if done else []), *done])


class Reply(Model):
    """The answer as the requester gets it."""

    answer: str
    degraded: tuple[str, ...] = ()


class Remembrance(Model):
    """Turns of one episode to keep."""

    tenant: str
    requester_id: str
    thread: str
    turns: tuple[Turn, ...]


class Recall(Model):
    """What to look up: texts are masked already."""

    tenant: str
    ticket_id: str
    thread: str
    requester: Requester
    text: str
    language: str | None = None


class ScreenRequest(Model):
    """`place` is how people call what is looked at, where a reason names it."""

    place: str = "the ticket"
    subject: str = ""
    text: str
    messages: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


class Done(Model):
    """An activity's answer that carries no more than that it was done, or what went missing."""

    degraded: str | None = None


class Answered(Model):
    """What an activity hands back over the wire: its answer, or a failure that trying again cannot help.

    `retry_after_s` is the other side's own wish to be left alone for so long. `held_back` says that it was not
    even asked, because of our own rate limit: waiting then costs no attempt.
    """

    answer: Any = None
    refused: str | None = None
    retry_after_s: float | None = None
    error: str | None = None
    held_back: bool = False
    usage: Usage | None = None
    """What models cost beside the answer of an agent, which carries its own: when one failed, or to look things up."""


class Thought(Model):
    """The answer of one agent with what it cost; `answer` is the dump of the agent's answer model.

    `doubts` say why an earlier answer to the same question was refused.
    """

    answer: dict[str, Any]
    agent: str
    model: str
    usage: Usage
    doubts: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    """What could not be used as it should while the agent thought."""

    def without(self, what: tuple[str, ...]) -> "Thought":
        """The same thought, whose question had to do without this."""
        return self.model_copy(update={"degraded": tuple(dict.fromkeys((*self.degraded, *what)))})


class Screening(Model):
    """What was found before any model saw the ticket. The texts are masked."""

    verdict: Literal["ticket", "not_a_ticket", "unsafe"]
    reasons: tuple[str, ...] = ()
    subject: str
    text: str
    messages: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
