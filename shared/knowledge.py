"""How the knowledge base grows: drafts that a person approves or rejects, once."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from shared.model import Model
from shared.tickets import Category, Text

DRAFTS = "knowledge/drafts/"
DECIDED = "knowledge/decided/"
ARTICLES = "knowledge/articles/"

DraftId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
Verdict = Literal["approve", "reject"]


class DraftDecisionRequest(Model):
    """Body of POST /knowledge/drafts/{id}/decision; `text` is the draft as the person edited it, approved with it.

    It may be the whole Markdown or, without front matter, what stands below it.
    """

    decision: Verdict
    by: Annotated[Text, StringConstraints(max_length=200)]
    note: Annotated[str, StringConstraints(max_length=5_000)] | None = None
    text: Annotated[Text, StringConstraints(max_length=100_000)] | None = None

    @model_validator(mode="after")
    def _is_of_use(self) -> Self:
        if self.decision == "reject" and self.text is not None:
            raise ValueError("text goes with approve only")
        return self


class DraftDecision(Model):
    """What was decided, as it is kept: the first of a draft counts.

    `article` is the Markdown that was approved; `is_served` once it is where search finds it.
    """

    id: str
    draft: str
    decision: Verdict
    by: str
    note: str | None = None
    at: datetime
    article: str | None = None
    is_served: bool = False


class DraftSummary(Model):
    """A draft in a listing; `problem` says why it cannot be approved as it is, and leaves the rest unknown."""

    id: str
    title: str | None = None
    category: Category | None = None
    source: str | None = None
    created_at: datetime | None = None
    problem: str | None = None


class Draft(DraftSummary):
    """A draft as a person reads it; `decided` once somebody has."""

    text: str
    decided: DraftDecision | None = None
