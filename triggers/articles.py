"""The articles' channel: the knowledge base is read, searched, added to and taken from, while the desk runs."""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from activities.auditing import Act, audited
from shared.articles import Article, ArticleHead, read_article
from shared.errors import Conflict
from shared.knowledge import ArticleId, ArticlePage, ArticleSummary, KeptArticle, Retrieval
from shared.model import Model
from shared.tickets import Category, Text
from triggers.answers import part_of
from triggers.http import KIB, Day, invalid, json_response, read_body, read_model, read_query
from triggers.identity import signature
from triggers.operations import IF_MATCH, IF_NONE_MATCH, Content, door
from triggers.problems import Problem, not_found
from triggers.services import Services

bp = df.Blueprint()

_LARGEST = 256 * KIB
_OTHER_DOORS = ("drafts", "search")
_NAMED = re.compile(r"^([a-z_]+) ")


class Listing(Model):
    """Query of GET /knowledge."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


class Search(Model):
    """Body of POST /knowledge/search."""

    text: Annotated[Text, StringConstraints(max_length=20_000)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 5


class ArticleRequest(Model):
    """Body of PUT /knowledge/{id} as JSON; as Markdown the same fields are its front matter."""

    title: Annotated[Text, StringConstraints(max_length=300)]
    category: Category
    keywords: Annotated[tuple[Annotated[Text, StringConstraints(max_length=100)], ...], Field(max_length=100)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    updated: Day | None = None
    body: Annotated[Text, StringConstraints(max_length=100_000)]


MARKDOWN = Content("text/markdown")
ArticleShown = part_of(
    ArticleSummary, "ArticleShown", without={"etag"}, keywords=(tuple[str, ...], ...), body=(str, ...)
)


@door(bp, query=Listing, answers={200: ArticlePage})
async def list_articles(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    listing = read_query(req, Listing)
    return json_response(await services.knowledge.list(listing.limit, listing.cursor))


@door(bp, body=Search, answers={200: Retrieval})
async def search_articles(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    asked = read_model(req, Search)
    return json_response(await services.knowledge.search(asked.text, language=asked.language, limit=asked.limit))


@door(bp, answers={200: (ArticleShown, MARKDOWN)}, ids={"id": ArticleId})
async def get_article(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """JSON, or the Markdown that PUT takes where that is what is accepted."""
    kept = await _kept(req, services)
    tag = {"ETag": f'"{kept.summary.etag}"'}
    if "text/markdown" in (_header(req, "Accept") or ""):
        return func.HttpResponse(kept.article.markdown(), headers=tag, mimetype="text/markdown")
    body = kept.summary.model_dump(mode="json", exclude={"etag"})
    body |= {"keywords": kept.article.head.keywords, "body": kept.article.body.strip()}
    return json_response(body, headers=tag)


@door(
    bp,
    body=(ArticleRequest, MARKDOWN),
    headers=(IF_MATCH, IF_NONE_MATCH),
    answers={201: None, 204: None},
    refuses=(412, 422),
    ids={"id": ArticleId},
)
async def put_article(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """201 for a new article, 204 for one that took another's place; 412 unless it is as the caller believes."""
    from shared.chunks import hostile_sections

    article = _article(req, _article_id(req))
    if hostile := hostile_sections(article):
        errors = [{"pointer": f"/body/{section}", "detail": f"it {why}"} for section, why in hostile.items()]
        raise Problem(422, "Unsafe article", "the article would give the desk's agents orders", errors)
    only_new = (_header(req, "If-None-Match") or "").strip() == "*"
    if_match = _if_match(req)
    try:
        async with audited(_act("article.put", article.head.id, title=article.head.title), services):
            put = await services.knowledge.put(article, if_match=if_match, only_new=only_new)
    except Conflict as error:
        raise Problem(412, "Precondition failed", str(error)) from error
    headers = {"ETag": f'"{put.etag}"', "Location": f"/api/knowledge/{article.head.id}"}
    return func.HttpResponse(status_code=201 if put.is_new else 204, headers=headers)


@door(bp, headers=(IF_MATCH,), answers={204: None}, refuses=(412,), ids={"id": ArticleId})
async def delete_article(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    article_id = _article_id(req)
    try:
        async with audited(_act("article.remove", article_id), services) as act:
            removed = await services.knowledge.remove(article_id, if_match=_if_match(req))
            act.ended = "done" if removed else "unchanged"
    except Conflict as error:
        raise Problem(412, "Precondition failed", str(error)) from error
    if not removed:
        raise not_found(f"article {article_id}")
    return func.HttpResponse(status_code=204)


def _act(verb: str, article_id: str, **after: str) -> Act:
    key = f"article:{uuid.uuid4().hex}"
    return Act(key=key, act=verb, target=f"article:{article_id}", by=signature(), after={**after} or None)


def _article(req: func.HttpRequest, article_id: str) -> Article:
    """Raises Problem with one pointer for each fault."""
    kind = (_header(req, "Content-Type") or "").partition(";")[0].strip().lower()
    if kind in ("text/markdown", "text/plain"):
        return _from_markdown(read_body(req, _LARGEST), article_id)
    given = read_model(req, ArticleRequest, _LARGEST)
    updated = given.updated or datetime.now(UTC).date()
    try:
        head = ArticleHead(id=article_id, updated=updated, **given.model_dump(exclude={"body", "updated"}))
        return read_article(Article(head=head, body=given.body).markdown())
    except ValidationError as error:
        raise invalid(error) from error
    except ValueError as error:
        raise _fault("/body", str(error)) from error


def _from_markdown(body: bytes, article_id: str) -> Article:
    try:
        article = read_article(body.decode())
    except ValueError as error:
        named = _NAMED.match(str(error))
        is_field = named is not None and named[1] in ArticleHead.model_fields
        raise _fault(f"/{named[1]}" if named and is_field else "/", str(error)) from error
    if article.head.id != article_id:
        raise _fault("/id", f"is {article.head.id}, and the address says {article_id}")
    return Article(head=article.head, body=article.body)


def _fault(pointer: str, detail: str) -> Problem:
    return Problem(400, "Invalid request", f"{pointer}: {detail}", [{"pointer": pointer, "detail": detail}])


async def _kept(req: func.HttpRequest, services: Services) -> KeptArticle:
    article_id = _article_id(req)
    kept = await services.knowledge.get(article_id)
    if kept is None:
        raise not_found(f"article {article_id}")
    return kept


def _article_id(req: func.HttpRequest) -> str:
    """Raises Problem 404 for what cannot be an id, also where an article would be put."""
    given: Any = req.route_params.get("id")
    try:
        article_id = TypeAdapter(ArticleId).validate_python(given)
    except ValidationError as error:
        raise not_found(f"article {given}: an id has small letters, digits and hyphens, 100 at most") from error
    if article_id in _OTHER_DOORS:
        raise not_found(f"article {article_id}: that is a door of its own")
    return article_id


def _if_match(req: func.HttpRequest) -> str | None:
    given = _header(req, "If-Match")
    return given.strip().strip('"') if given is not None else None


def _header(req: func.HttpRequest, name: str) -> str | None:
    return cast(Mapping[str, str], req.headers).get(name)
