"""The knowledge base as others see it: its articles, what a search finds, and drafts that a person decides on once."""

from datetime import date, datetime
from typing import Annotated, Literal, Protocol, Self

from pydantic import StringConstraints, model_validator

from shared.articles import Article
from shared.model import Model
from shared.thinking import Passage
from shared.tickets import Category, Text

DRAFTS = "knowledge/drafts/"
DECIDED = "knowledge/decided/"
ARTICLES = "knowledge/articles/"

ArticleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
"""Of an article that comes by a door; `drafts` and `search` are doors of their own."""
DraftId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
Verdict = Literal["approve", "reject"]


Origin = Literal["shipped", "stored"]


class Retrieval(Model):
    """What a search found; `degraded` names what it had to do without."""

    passages: tuple[Passage, ...] = ()
    degraded: tuple[str, ...] = ()


class Put(Model):
    """An article as it was kept: `is_new` unless it took another's place."""

    etag: str
    is_new: bool


class ArticleSummary(Model):
    """An article in a listing. What is `withheld` would give orders to agents, so none is shown it: sections by their
    path, and for `head`, which is in every passage, the whole article."""

    id: str
    title: str
    category: Category
    language: str
    updated: date
    origin: Origin
    etag: str
    withheld: tuple[str, ...] = ()


class KeptArticle(Model):
    article: Article
    summary: ArticleSummary


class ArticlePage(Model):
    items: tuple[ArticleSummary, ...]
    next_cursor: str | None = None


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


class Knowledge(Protocol):
    """The articles that the desk answers from, and the search over them.

    Articles are kept in storage, over those that ship with the desk; what finds them can be made anew.
    """

    async def search(self, text: str, *, language: str | None = None, limit: int = 5) -> Retrieval:
        """Best passages first; none where nothing fits. Never raises Unavailable: what is down is named instead."""
        ...

    async def put(self, article: Article, *, if_match: str | None = None, only_new: bool = False) -> Put:
        """Add or replace. Raises Conflict unless the article's etag is `if_match` (`*`: any), or with `only_new`
        where there is one; Unavailable when storage is down."""
        ...

    async def remove(self, article_id: str, *, if_match: str | None = None) -> bool:
        """Hide an article from now on, also one that ships with the desk; False where there is none. Raises as put."""
        ...

    async def get(self, article_id: str) -> KeptArticle | None:
        """As storage has it at this moment. Raises Unavailable."""
        ...

    async def list(self, limit: int, cursor: str | None = None) -> ArticlePage:
        """By id, as last known. Raises InvalidCursor."""
        ...

    async def check(self) -> None:
        """Raise Unavailable unless whatever searches answers."""
        ...
