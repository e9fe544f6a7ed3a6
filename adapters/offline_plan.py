"""Plans an answer by rules: fitting sections of the given knowledge, verbatim, and the changes asked for."""

from collections.abc import Mapping, Sequence

from adapters.offline_actions import actions_asked, person_concerned
from adapters.offline_outside import SEARCHES, searches
from adapters.offline_passages import Supported, best_sections, citation, supported
from adapters.offline_services import ToolResults, services_in_trouble
from adapters.offline_texts import Frame, frame_for, known_trouble, promise
from adapters.offline_words import language_of, terms, words_of
from shared.actions import AccountAction
from shared.thinking import Plan, Profile, Question, ServiceState

FEW_TERMS = 2
MOST_MENTIONED = 2
COMPLEX_COVERAGE = 0.35
GENERIC_TERMS = frozenset(
    terms("error problem issue broken working works doesn funktioniert marche computer something thing")
)


def lookups(question: Question) -> dict[str, dict[str, str]]:
    """Arguments of the tools worth calling before the plan is made, by tool name."""
    if question.role in SEARCHES:
        return searches(question)
    if question.role is not None:
        return {"service_status": {}} if question.role == "incidents" else {}
    wanted: dict[str, dict[str, str]] = {}
    if question.triage is not None and question.triage.impact <= 2:
        wanted["service_status"] = {}
    text = words_of(question)
    person = person_concerned(question, text)
    if person != question.requester_id and actions_asked(question, text):
        wanted["lookup_user"] = {"user_id": person}
    return wanted


def plan(question: Question, tools: ToolResults) -> Plan:
    """Answer from the passages, ask, or escalate; a refused draft is made anew without what was at fault."""
    if not question.problems or question.draft is None:
        return _plan(question, tools, blamed="")
    mended = _plan(question, tools, blamed=" ".join(question.problems))
    if mended.answer != question.draft.answer or mended.actions != question.draft.actions:
        return mended
    return _escalate(_frame(question), f"rules cannot mend this: {question.problems[0]}")


def _plan(question: Question, tools: ToolResults, blamed: str) -> Plan:
    text = words_of(question)
    ticket = terms(text)
    frame = _frame(question)
    if question.triage is not None and question.triage.wants_person:
        return _escalate(frame, "the requester asks for a person")
    actions = tuple(action for action in actions_asked(question, text) if action.kind not in blamed)
    if unknown := _unknown_person(question, actions, tools):
        return _ask(frame.greeting, frame.unverified, frame.closing, reason=unknown)
    outages = services_in_trouble(question, tools)
    fitting = supported(question.recollection.passages, ticket)
    fresh = [one for one in fitting if one.passage.article_id not in blamed and not _told_before(one, question)]
    sections = best_sections(fresh)
    if _is_beyond_one_article(question, sections) and not actions:
        return _escalate(frame, "the ticket is complex and no one article covers enough of it")
    if not sections and not actions:
        return _told_of(outages, frame) if outages else _without_support(frame, ticket, was_told=bool(fitting))
    return Plan(
        outcome="answer",
        answer=_compose(frame, _mentioned(question, ticket), outages, sections, actions),
        citations=tuple(citation(one.passage) for one in sections),
        actions=actions,
        confidence=_confidence(sections, actions, outages),
        reason=_reason(sections, actions, outages),
    )


def _told_of(outages: Sequence[ServiceState], frame: Frame) -> Plan:
    """News of a disturbance is worth telling, and settles nothing."""
    told = "\n\n".join((frame.greeting, *(known_trouble(state, frame) for state in outages), frame.meanwhile))
    return Plan(
        outcome="escalate", answer=told, confidence=0.3, reason="a known disturbance, and no passage that helps"
    )


def _without_support(frame: Frame, ticket: Mapping[str, int], was_told: bool) -> Plan:
    if was_told:
        return _escalate(frame, "the fitting knowledge was already given and did not settle it")
    if _is_vague(ticket):
        return _ask(frame.greeting, frame.ask, frame.closing, reason="the ticket does not say what is wrong")
    return _escalate(frame, "no passage of the knowledge base has enough in common with the ticket")


def _frame(question: Question) -> Frame:
    return frame_for(question.triage.language if question.triage else language_of(words_of(question)))


def _escalate(frame: Frame, reason: str) -> Plan:
    answer = f"{frame.greeting}\n\n{frame.meanwhile}"
    return Plan(outcome="escalate", answer=answer, confidence=0.3, reason=reason)


def _ask(*paragraphs: str, reason: str) -> Plan:
    return Plan(outcome="ask_requester", answer="\n\n".join(paragraphs), confidence=0.5, reason=reason)


def _mentioned(question: Question, ticket: Mapping[str, int]) -> tuple[str, ...]:
    """What the requester told before and what has to do with this: shared words, or the device they use."""
    facts = question.recollection.known_facts
    fitting = [fact for fact in facts if fact.kind == "device" or terms(fact.text).keys() & ticket.keys()]
    return tuple(fact.text for fact in fitting if fact.kind != "problem")[:MOST_MENTIONED]


def _compose(
    frame: Frame,
    remembered: Sequence[str],
    outages: Sequence[ServiceState],
    sections: Sequence[Supported],
    actions: Sequence[AccountAction],
) -> str:
    paragraphs = [frame.greeting]
    paragraphs += [frame.remembered.format(fact=fact) for fact in remembered]
    paragraphs += [known_trouble(state, frame) for state in outages]
    paragraphs += [promise(action, frame) for action in actions]
    if sections:
        paragraphs.append(frame.found)
        paragraphs += [f"{one.passage.title}: {one.passage.section}\n{one.passage.text.strip()}" for one in sections]
    return "\n\n".join((*paragraphs, frame.closing))[:8_000]


def _unknown_person(question: Question, actions: Sequence[AccountAction], tools: ToolResults) -> str | None:
    """Why the person a change concerns cannot be taken for known, or None."""
    if not actions:
        return None
    person = actions[0].user_id
    if person == question.requester_id:
        known = question.recollection.profile.known or "directory" in question.recollection.degraded
    else:
        told = tools.get("lookup_user")
        known = isinstance(told, dict) and Profile.model_validate(told).known
    return None if known else f"a change is asked for {person}, whom the directory does not know"


def _told_before(one: Supported, question: Question) -> bool:
    """A reopened ticket must not get the answer again that did not help."""
    if question.episode == 1:
        return False
    text = one.passage.text.strip()
    return any(turn.role == "assistant" and text in turn.text for turn in question.recollection.history)


def _is_beyond_one_article(question: Question, sections: Sequence[Supported]) -> bool:
    """Rules can quote, not combine: of a complex ticket they may answer only what one article covers."""
    is_complex = question.triage is not None and question.triage.complexity == "complex"
    return is_complex and max((one.coverage for one in sections), default=0.0) < COMPLEX_COVERAGE


def _is_vague(ticket: Mapping[str, int]) -> bool:
    return len([term for term in ticket if term not in GENERIC_TERMS]) <= FEW_TERMS


def _confidence(
    sections: Sequence[Supported], actions: Sequence[AccountAction], outages: Sequence[ServiceState]
) -> float:
    from_words = sections[0].confidence if sections else 0.0
    return max(from_words, 0.8 if actions else 0.0, 0.7 if outages else 0.0)


def _reason(sections: Sequence[Supported], actions: Sequence[AccountAction], outages: Sequence[ServiceState]) -> str:
    parts = [f"{state.name} is in {state.status}" for state in outages]
    parts += [f"the ticket asks for {action.kind}" for action in actions]
    parts += [f"{one.passage.article_id} / {one.passage.section} shares its words" for one in sections]
    return "; ".join(parts)
