"""How master, managers and workers do their share by rules: research first, then a text made of what was found."""

import re

from adapters.offline_collaboration import experience, practical
from adapters.offline_words import terms
from shared.collaboration import Line
from shared.delegation import Assignments, DelegationPlan, Duty, Goal, Part, PartQuestion, WorkDone, WorkOrder

MOST_RESEARCH_PARTS = 4
SEPARATOR = re.compile(r"[;\n]+|(?<=[.?!])\s+")
SOURCE = re.compile(r"\(source: ([^()\s]+)\)")
NO_FACTS = "Nothing in the sources bears on this."
DUTIES = {
    "web_collector": "Collect what is known about: {goal}",
    "document_analyst": "Say what of it holds, and what is missing, about: {goal}",
    "writer": "Write a text for readers: {goal}",
    "editor": "Make the text shorter and clearer without changing a fact.",
}


def delegation_plan(asked: str) -> DelegationPlan:
    """One research part for each sentence of the goal, side by side, and one text made of all of them."""
    goal = Goal.model_validate_json(asked)
    questions = [part.strip() for part in SEPARATOR.split(goal.goal) if len(terms(part)) > 0] or [goal.goal]
    if len(questions) > MOST_RESEARCH_PARTS:
        questions = [*questions[: MOST_RESEARCH_PARTS - 1], " ".join(questions[MOST_RESEARCH_PARTS - 1 :])]
    facts = [
        Part(id=f"facts-{number}", manager="research", goal=question[:2_000], needs=())
        for number, question in enumerate(questions, start=1)
    ]
    text = Part(id="text", manager="content", goal=goal.goal, needs=tuple(part.id for part in facts))
    return DelegationPlan(parts=(*facts, text), why="The facts can be looked up side by side; the text needs them all.")


def assignments(asked: str) -> Assignments:
    """Every worker once, in the order in which the crew works."""
    question = PartQuestion.model_validate_json(asked)
    goal = question.part.goal
    return Assignments(
        duties=tuple(
            Duty(worker=worker, task=DUTIES.get(worker, "{goal}").format(goal=goal)[:2_000])
            for worker in question.workers
        )
    )


def work_done(asked: str) -> WorkDone:
    order = WorkOrder.model_validate_json(asked)
    match order.role:
        case "web_collector":
            text = _collected(order)
        case "document_analyst":
            text = _analysed(order)
        case "writer":
            text = _written(order)
        case _:
            text = _edited(order.before)
    sources = tuple(dict.fromkeys(SOURCE.findall(text)))[:20]
    return WorkDone(text=text[:8_000], sources=sources, confidence=0.6 if sources else 0.2)


def _collected(order: WorkOrder) -> str:
    found = [*practical(order.material, order.task), *experience(order.material, order.task)]
    if not found:
        return NO_FACTS
    return "\n\n".join(f"{item.title}\n{item.text} (source: {item.source})" for item in found)


def _analysed(order: WorkOrder) -> str:
    """The facts that were collected, and which words of the task none of them has."""
    collected = order.before[-1].text if order.before else NO_FACTS
    covered = terms(collected).keys()
    asked = order.task.partition(": ")[2] or order.task
    missing = [word for word in re.findall(r"\w{4,}", asked) if terms(word).keys() - covered]
    gaps = f"\n\nNot covered: {', '.join(dict.fromkeys(missing))}." if missing else ""
    return f"{collected}{gaps}"


def _written(order: WorkOrder) -> str:
    title = " ".join(order.goal.split())[:150]
    sections = [f"## {line.speaker}\n\n{line.text}" for line in order.before]
    return "\n\n".join((f"# {title[:1].upper()}{title[1:]}", *(sections or [NO_FACTS])))


def _edited(before: tuple[Line, ...]) -> str:
    """The last text, each paragraph once."""
    paragraphs = before[-1].text.split("\n\n") if before else [NO_FACTS]
    return "\n\n".join(dict.fromkeys(paragraph.strip() for paragraph in paragraphs if paragraph.strip()))
