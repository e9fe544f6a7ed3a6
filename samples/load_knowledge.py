"""`make knowledge`: read every article, tell what is wrong with them, and bring the search index in step.

`make knowledge FROM=folder` puts the Markdown articles of a folder into storage first, as PUT /api/knowledge does.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.knowledge import Knowledge

REPOSITORY = Path(__file__).parents[1]


async def load(paths: Sequence[Path]) -> int:
    from triggers.services import services

    on = services()
    try:
        return await _load_into(on.knowledge, paths)
    finally:
        await on.close()


async def _load_into(knowledge: "Knowledge", paths: Sequence[Path]) -> int:
    from adapters.searched_knowledge import SearchedKnowledge
    from shared.articles import read_article
    from shared.chunks import hostile_sections

    faults = 0
    for path in paths:
        try:
            article = read_article(path.read_text(encoding="utf-8"))
            if hostile := hostile_sections(article):
                raise ValueError(f"would give agents orders: {hostile}")
        except ValueError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            faults += 1
            continue
        put = await knowledge.put(article)
        print(f"{article.head.id}: {'new' if put.is_new else 'replaced'}")
    page = await knowledge.list(1_000_000)
    for item in page.items:
        if item.withheld:
            print(f"{item.id}: withheld from agents: {', '.join(item.withheld)}")
    print(f"{len(page.items)} articles are served")
    if isinstance(knowledge, SearchedKnowledge):
        uploaded, deleted = await knowledge.load()
        print(f"the search index is in step: {uploaded} passages uploaded, {deleted} deleted")
    return 1 if faults else 0


def main() -> int:
    sys.path.insert(0, str(REPOSITORY))
    os.chdir(REPOSITORY)
    from shared.errors import DeskError

    folder = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        return asyncio.run(load(sorted(Path(folder).glob("*.md")) if folder else ()))
    except DeskError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
