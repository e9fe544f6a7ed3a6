"""A knowledge article as Markdown: front matter between --- lines, then sections under headings."""

import re
from datetime import date, datetime
from typing import Annotated, cast

from pydantic import BeforeValidator, Field, ValidationError

from shared.model import Model
from shared.tickets import Category, Text

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_HEADING = re.compile(r"^#{1,6} .*$", re.MULTILINE)


def _listed(keywords: object) -> object:
    """Keywords may be written as a list or with commas; an error code such as 403 is one too."""
    match keywords:
        case str():
            return [word.strip() for word in keywords.split(",")]
        case list():
            words = cast("list[object]", keywords)
            return [str(word) if type(word) is int else word for word in words]
        case _:
            return keywords


class ArticleHead(Model):
    """The front matter. `source` is what a draft was made from, as a path of the API."""

    id: Text
    title: Text
    category: Category
    keywords: Annotated[tuple[Text, ...], BeforeValidator(_listed)]
    updated: date
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    source: Text | None = None
    created_at: datetime | None = None


class Article(Model):
    head: ArticleHead
    body: str

    def markdown(self) -> str:
        import yaml

        front = self.head.model_dump(mode="json", exclude_none=True)
        written = yaml.safe_dump(front, allow_unicode=True, sort_keys=False)
        return f"---\n{written}---\n\n{self.body.strip()}\n"


def read_article(text: str) -> Article:
    """Raises ValueError, which says what is wrong in words for whoever wrote the article."""
    from yaml import YAMLError, safe_load

    parts = _FRONT_MATTER.match(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    if parts is None:
        raise ValueError("has no front matter between --- lines")
    try:
        head = ArticleHead.model_validate(safe_load(parts[1]))
    except YAMLError as error:
        raise ValueError("has front matter that is not YAML") from error
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))} {fault['msg']}" for fault in error.errors()]
        raise ValueError(", ".join(faults)) from error
    if not _HEADING.sub("", parts[2]).strip():
        raise ValueError("has no text")
    return Article(head=head, body=parts[2])
