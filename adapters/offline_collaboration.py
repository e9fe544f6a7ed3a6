"""What agents that work together answer by rules: quotes of what was looked up for them, or that it is nothing."""

from collections.abc import Callable, Sequence

from adapters.offline_passages import HAS_STEPS, supported
from adapters.offline_services import concerns
from adapters.offline_words import terms
from shared.collaboration import (
    Ballot,
    Contribution,
    Debate,
    Line,
    Material,
    Moderation,
    Poll,
    Research,
    ResearchItem,
    ResearchQuestion,
    Summary,
    SummaryQuestion,
)

MOST_ITEMS = 4
ITEM_CHARS = 600
QUOTED_CHARS = 400
NOTHING = "I have nothing on this"
"""How a participant without a contribution begins, so that the moderator's rules know it."""
HARD_TO_UNDO = terms(
    "delete remove wipe erase format drop revoke disable grant admin reset reinstall replace shut terminate publish"
    " send ignore bypass skip disconnect immediately everybody"
)
WEIGHT_OF_EVIDENCE = ("operations", "documentation", "github")
"""A disturbance that is there now outranks documented steps, and those outrank what helped somebody once."""


def research(asked: str) -> Research:
    """The view of the researcher that `role` names, on what was looked up for it."""
    question = ResearchQuestion.model_validate_json(asked)
    inside = _VIEWS.get(question.role, practical)(question.material, question.query)
    found = (published(question.material) + inside)[:MOST_ITEMS]
    down = f" Not asked: {', '.join(question.material.degraded)}." if question.material.degraded else ""
    if not found:
        return Research(summary=f"Nothing that was looked up bears on the query.{down}", confidence=0.2)
    titles = "; ".join(dict.fromkeys(item.title for item in found))
    summary = f"{len(found)} of what was looked up bear on the query: {titles}.{down}"
    return Research(summary=summary[:2_000], items=tuple(found), confidence=0.6)


def published(material: Material) -> list[ResearchItem]:
    """What came from outside was chosen by the query's words already."""
    return [
        ResearchItem(title=item.title, text=item.summary[:ITEM_CHARS], source=item.url)
        for item in material.published[:2]
    ]


def practical(material: Material, query: str) -> list[ResearchItem]:
    return [
        ResearchItem(
            title=f"{one.passage.title}: {one.passage.section}"[:300],
            text=one.passage.text.strip()[:ITEM_CHARS],
            source=one.passage.article_id,
        )
        for one in supported(material.passages, terms(query))
    ]


def background(material: Material, query: str) -> list[ResearchItem]:
    """What explains, rather than what tells to do something."""
    explaining = tuple(passage for passage in material.passages if not HAS_STEPS.search(passage.text))
    return practical(Material(passages=explaining), query)


def disturbances(material: Material, query: str) -> list[ResearchItem]:
    asked = terms(query)
    return [
        ResearchItem(
            title=f"{state.name}: {state.status}"[:300],
            text=f"{state.note} Known incident: {state.known_incident or 'none'}."[:ITEM_CHARS],
            source=state.id,
        )
        for state in material.services
        if concerns(state, asked)
    ]


def experience(material: Material, query: str) -> list[ResearchItem]:
    asked = terms(query).keys()
    return [
        ResearchItem(title=ticket.subject[:300], text=(ticket.answer or "")[:ITEM_CHARS], source=ticket.id)
        for ticket in material.similar
        if asked & terms(f"{ticket.subject} {ticket.answer or ''}").keys()
    ]


type View = Callable[[Material, str], list[ResearchItem]]
_VIEWS: dict[str, View] = {"web": practical, "academic": background, "news": disturbances, "social": experience}


def summary(asked: str) -> Summary:
    """What the surest found, quoted, each once."""
    question = SummaryQuestion.model_validate_json(asked)
    surest = sorted(question.findings.items(), key=lambda pair: -pair[1].confidence)
    lines = dict.fromkeys(
        f"{item.title}: {item.text[:QUOTED_CHARS]} ({item.source})" for _, found in surest for item in found.items[:2]
    )
    silent = [name for name, found in surest if not found.items]
    if silent:
        lines[f"Nothing from: {', '.join(silent)}."] = None
    return Summary(text="\n\n".join(lines)[:4_000])


def ballot(asked: str) -> Ballot:
    """The vote of the voter that `role` names; rules without a reason abstain."""
    poll = Poll.model_validate_json(asked)
    question = terms(poll.question).keys()
    own_words = [terms(option).keys() - question for option in poll.options]
    if poll.role == "passages":
        documented = {
            term
            for one in supported(poll.material.passages, terms(poll.question))
            for term in terms(f"{one.passage.title} {one.passage.text}")
        }
        return _best(poll.options, [len(words & documented) for words in own_words], "the knowledge base speaks of it")
    if poll.role == "caution":
        harms = [len(terms(option).keys() & HARD_TO_UNDO.keys()) for option in poll.options]
        return _best(poll.options, [-harm for harm in harms], "the other options are harder to undo")
    shared = [len(terms(option).keys() & question) for option in poll.options]
    return _best(poll.options, shared, "it takes up the words of the question")


def _best(options: Sequence[str], scores: Sequence[int], why: str) -> Ballot:
    """The option whose score is highest alone."""
    first, second = sorted(scores, reverse=True)[:2]
    if first == second:
        return Ballot(choice=None, confidence=0.1, why="By these rules no option is better than another.")
    choice = options[scores.index(first)]
    return Ballot(choice=choice, confidence=min(0.8, 0.4 + 0.1 * (first - second)), why=f"{choice}: {why}.")


def contribution(asked: str) -> Contribution:
    """What the participant that `role` names can quote."""
    debate = Debate.model_validate_json(asked)
    if debate.role == "operations":
        found = disturbances(debate.material, debate.question)
    elif debate.role == "github":
        found = experience(debate.material, debate.question)
    else:
        found = practical(debate.material, debate.question)
    said = {line.text for line in debate.transcript}
    lines = [f"{item.title} ({item.source}): {item.text}" for item in found[:2]]
    if not lines or "\n".join(lines) in said:
        return Contribution(text=f"{NOTHING}; I do not object.", agrees=True, confidence=0.3)
    return Contribution(text="\n".join(lines)[:2_000], agrees=False, confidence=0.6)


def moderation(asked: str) -> Moderation:
    """Everybody speaks once; then the weightiest contribution is the conclusion."""
    debate = Debate.model_validate_json(asked)
    spoken = {line.speaker for line in debate.transcript}
    waiting = [name for name in debate.participants if name not in spoken]
    if waiting and debate.rounds_left:
        why = f"{waiting[0]} has not been heard yet."
        return Moderation(settled=False, conclusion="", next_speaker=waiting[0], why=why)
    substantial = [line for line in debate.transcript if not line.text.startswith((NOTHING, "("))]
    weighty = sorted((line for line in substantial if line.speaker in WEIGHT_OF_EVIDENCE), key=_weight)
    if not weighty:
        conclusion = "Nothing was said that settles it; a person has to look."
        return Moderation(settled=False, conclusion=conclusion, next_speaker=None, why="No evidence came up.")
    conclusion = f"By {weighty[0].speaker}: {weighty[0].text}"[:4_000]
    why = "Rules weigh a present disturbance over documentation, and that over past tickets."
    return Moderation(settled=True, conclusion=conclusion, next_speaker=None, why=why)


def _weight(line: Line) -> int:
    return WEIGHT_OF_EVIDENCE.index(line.speaker)
