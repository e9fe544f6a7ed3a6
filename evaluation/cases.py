"""The labelled tickets: what people wrote, and what a good desk may make of it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from shared.model import Model
from shared.tickets import Category, Priority, TicketType

TICKETS = Path(__file__).parent / "tickets.jsonl"
HELD_OUT = ("test", "fresh")
"""The parts that the marks judge: the rules were not tuned by their misses."""

Half = Literal["development", "test", "fresh", "blind"]
Tag = Literal["security", "p1", "injection", "person", "duplicate"]


class Case(Model):
    """One ticket. `articles` are those of which a good answer cites one; none where the desk has nothing to cite."""

    id: str
    half: Half
    language: str
    subject: str
    text: str
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    priorities: Annotated[tuple[Priority, ...], Field(min_length=1)]
    types: Annotated[tuple[TicketType, ...], Field(min_length=1)]
    escalation: Literal["required", "forbidden"] | None
    articles: tuple[str, ...]
    tags: tuple[Tag, ...]
    duplicate_of: str | None

    @property
    def is_hostile(self) -> bool:
        """Held back before anything is classified, so that it has no category to be right about."""
        return "injection" in self.tags


def cases(path: Path = TICKETS) -> tuple[Case, ...]:
    return tuple(Case.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines())
