"""What the desk made of one labelled ticket."""

from shared.model import Model
from shared.thinking import Passage, Usage
from shared.tickets import Category, Priority, Route, Status, TicketType


class Outcome(Model):
    """`analyst` and `confidence` are the analyst's own, before any vote; the rest is what the ticket ended with."""

    case: str
    category: Category | None = None
    priority: Priority | None = None
    type: TicketType | None = None
    route: Route | None = None
    status: Status | None = None
    analyst: Category | None = None
    confidence: float | None = None
    closing: float | None = None
    """How sure the desk was that its last plan may close the ticket: what AUTO_RESOLVE_FLOOR is compared with."""
    held_by_floor: bool = False
    """A person was asked for no other reason than that floor."""
    answer: str = ""
    cited: tuple[str, ...] = ()
    quoted: tuple[Passage, ...] = ()
    """The sections that the answer cites, as the agent was given them."""
    cited_unread: tuple[str, ...] = ()
    """Sections that the plan cites and that were not among what it was given."""
    actions: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    """Articles that recall brought, the best first."""
    similar: tuple[str, ...] = ()
    why_person: str = ""
    usage: Usage = Usage()
    seconds: float = 0.0
    error: str = ""

    @property
    def has_person(self) -> bool:
        return self.status == "escalated"

    @property
    def is_closed_alone(self) -> bool:
        """Answered or closed without a person: what must not be wrong."""
        return self.status in ("resolved", "closed")
