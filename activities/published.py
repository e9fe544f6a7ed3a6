"""What a researcher is given from outside, and what is said about where its answer comes from."""

from shared.collaboration import Material
from shared.exchanged import Thought
from shared.ports import Desk

MOST_PUBLISHED = 8
SUMMARY_CHARS = 2_000


async def with_sources(material: Material, role: str, query: str, desk: Desk) -> Material:
    """The material with what the role's sources have on the query; a source that failed is named as degraded."""
    found = await desk.sources.fetch(role, query=query, limit=MOST_PUBLISHED)
    return material.model_copy(
        update={
            "published": found.items,
            "worked_from": (*material.worked_from, *found.asked),
            "degraded": (*material.degraded, *(f"source:{why}" for why in found.failed)),
        }
    )


def telling_sources(thought: Thought, material: Material) -> Thought:
    """A name such as `web` promises much: the answer itself says what was really asked, and what did not answer."""
    told = f"Worked from: {', '.join(material.worked_from) or 'nothing'}."
    if material.degraded:
        told += f" Without {'; '.join(material.degraded)}."
    summary = f"{thought.answer['summary'][: SUMMARY_CHARS - len(told) - 3]} ({told})"[:SUMMARY_CHARS]
    named = tuple(what.split(": ")[0] for what in material.degraded)
    answer = thought.answer | {"summary": summary}
    return thought.model_copy(update={"answer": answer, "degraded": (*thought.degraded, *named)})
