"""Reviews a plan by rules: sources, language, promises and people."""

import re

from adapters.offline_texts import framed_language
from adapters.offline_words import fold, language_of, words_of
from shared.actions import Action, SetTicketFields
from shared.support import unsupported
from shared.thinking import Plan, Question, Review

PROMISES = {
    "unlock_account": r"(?:will be|has been|have|is now|been) unlocked|sera deverrouille|wird entsperrt"
    r"|wurde entsperrt|desbloqueada",
    "reset_password": r"(?:password|link)[^.]{0,60}(?:will be|has been|was) (?:sent|reset)|lien de "
    r"reinitialisation[^.]*envoye"
    r"|link zum zurucksetzen|enviara un enlace|passwort wurde zuruckgesetzt",
    "add_to_group": r"(?:will be|has been|have|were) (?:added to|given access|granted)|sera ajoute"
    r"|aufgenommen|se anadira",
    "request_software": r"(?:will be|has been|was|were) (?:requested|installed|ordered) |sera demande"
    r"|wird fur [^.]*angefordert|se solicitara",
}
DONE_ALREADY = re.compile(r"\b(?:i|we)(?: have|'ve) (?:already )?(?:unlocked|reset|added|granted|installed|ordered)\b")
FRAMED = ("en", "fr", "de", "es")


def review(question: Question) -> Review:
    """Approve the draft, or say what must be mended."""
    draft = question.draft
    if draft is None:
        return Review(approved=False, problems=("There is no draft to review.",))
    problems = [*_source_problems(draft, question), *_text_problems(draft, question)]
    problems += [problem for action in draft.actions if (problem := _person_problem(action, question)) is not None]
    return Review(approved=not problems, problems=tuple(problems[:10]))


def _source_problems(draft: Plan, question: Question) -> list[str]:
    given = {(passage.article_id, passage.section) for passage in question.recollection.passages}
    return [
        f"{cited.id} / {cited.section} is cited but was not among the passages."
        for cited in draft.citations
        if (cited.id, cited.section) not in given
    ]


def _text_problems(draft: Plan, question: Question) -> list[str]:
    if not draft.answer.strip():
        return [] if draft.outcome == "escalate" else ["The answer is empty."]
    problems = [_language_problem(draft, question), *_promise_problems(draft, question)]
    if unsupported(draft):
        problems.append("The answer rests on no passage, action or known disturbance.")
    return [problem for problem in problems if problem]


def _language_problem(draft: Plan, question: Question) -> str | None:
    wanted = question.triage.language if question.triage else language_of(words_of(question))
    if wanted not in FRAMED:
        wanted = "en"
    written = framed_language(draft.answer) or language_of(_own_words(draft, question))
    return None if written == wanted else f"The answer is framed in {written}, the ticket is in {wanted}."


def _promise_problems(draft: Plan, question: Question) -> list[str]:
    plain = fold(_own_words(draft, question))
    kinds = {action.kind for action in draft.actions}
    problems = [
        f"The answer promises {kind}, which the plan does not contain."
        for kind, pattern in PROMISES.items()
        if kind not in kinds and re.search(pattern, plain)
    ]
    if DONE_ALREADY.search(plain):
        problems.append("The answer says that something was done; nothing is done before approval.")
    return problems


def _own_words(draft: Plan, question: Question) -> str:
    """The answer without what it quotes, passages and the requester: those speak for themselves."""
    text = draft.answer
    for fact in question.recollection.known_facts:
        text = text.replace(fact.text, " ")
    for passage in question.recollection.passages:
        text = text.replace(passage.text.strip(), " ")
    return text


def _person_problem(action: Action, question: Question) -> str | None:
    if isinstance(action, SetTicketFields):
        return None
    profile = question.recollection.profile
    if action.user_id == question.requester_id:
        unknown = not profile.known and "directory" not in question.recollection.degraded
        return f"{action.kind} concerns {action.user_id}, whom the directory does not know." if unknown else None
    if action.user_id in words_of(question):
        return None
    return f"{action.kind} concerns {action.user_id}, whom the ticket does not name."
