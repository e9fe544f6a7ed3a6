"""Signals in a text that outweigh what the classifier guesses, in English, French, German, Spanish and Italian."""

import re

from adapters import offline_pressure_words as said
from adapters.offline_lexicon import any_beginning, near
from adapters.offline_words import fold

WANTS_PERSON = re.compile(
    r"\b(?:"
    r"(?:speak|talk|chat|connect me|put me through|transfer me)\s+(?:to|with)\s+(?:an?\s+)?(?:real\s+"
    r"|actual\s+|live\s+)?"
    r"(?:person|human|somebody|someone|agent|technician|operator)|(?:real|actual|live)\s+(?:person|human)"
    r"|human\s+(?:being|agent|operator)|(?:not|no)\s+(?:to\s+)?(?:an?\s+|another\s+|more\s+)?(?:ro|chat)?bots?"
    r"|(?:call|phone|ring)\s+me\s+back"
    r"|(?:parler|echanger)\s+(?:a|avec)\s+(?:une?\s+)?(?:vraie?\s+)?(?:personne|humain|etre|conseiller"
    r"|technicien|quelqu.un)|(?:conseiller|technicien|quelqu.un)\s+au\s+telephone"
    r"|vraie\s+personne|etre\s+humain|rappelez[\s-]moi|pas\s+(?:a\s+)?un\s+robot"
    r"|mit\s+(?:einem|einer)\s+(?:echten\s+|richtigen\s+)?(?:menschen|mitarbeiter|person"
    r"|techniker)\w*\s+(?:sprechen|reden)"
    r"|echte[nr]?\s+(?:menschen|person)|rufen\s+sie\s+mich\s+(?:bitte\s+)?(?:an|zuruck)"
    r"|kein(?:en)?\s+(?:chat)?bot"
    r"|hablar\s+con\s+(?:una?\s+)?(?:persona|humano|agente|tecnico|alguien)|persona\s+real|ser\s+humano"
    r"|llamenme|parlare\s+con\s+(?:una?\s+)?(?:persona|umano|operatore|tecnico|qualcuno)|persona\s+vera"
    r"|essere\s+umano|richiamatemi"
    r")\b"
)
HEADCOUNT = (
    r"\b(?:[2-9]\d|\d{3,}|\d{1,3}[.,' ]\d{3}|dozens|hundreds|thousands|dutzende|hunderte|tausende|dizaines|centaines"
    r"|milliers|decenas|cientos|miles|decine|centinaia|migliaia)\b"
)
BUT_NOT_OTHERS = r"(?!\W+(?:else|other)\b)"
"""Where everybody else is well, the one who writes is alone."""
ABOUT_ME = r"(?!(?:\W+\w+){0,3}\W+(?:me|mich|m|mi|my)\b)"
"""Whom nobody can hear is one person."""


def _near(first: str, second: str, between: int) -> str:
    return near(any_beginning(first), any_beginning(second), between)


def _one_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


MANY_ARE_HIT = _one_of(
    _near(said.ALL_OR_NONE, said.A_COMPANY, 3),
    near(any_beginning(said.NOBODY) + ABOUT_ME, any_beginning(said.CAN), 7),
    _near(said.NO, said.A_COMPANY, 1),
    near(HEADCOUNT, any_beginning(said.PEOPLE), 2),
    rf"(?<!not for ){any_beginning(said.EVERYWHERE)}\b{BUT_NOT_OTHERS}",
)
A_TEAM_IS_HIT = _one_of(_near(said.ALL_OR_NONE, said.A_TEAM, 3))
WORK_HAS_STOPPED = _one_of(
    rf"{any_beginning(said.STANDS_STILL)}\b",
    any_beginning(said.HARM),
    _near(said.CANNOT, said.LIVELIHOOD, 5),
    _near(said.NO_MORE, said.TRADE, 3),
)
SOMETHING_FAILS = _one_of(any_beginning(said.FAILS), any_beginning(said.OUT_OF_ORDER))
"""Said of many, the plainest no is a failure."""
BUSINESS_IS_DOWN = _one_of(_near(said.CRITICAL, said.OUT_OF_ORDER, 12), _near(said.OUT_OF_ORDER, said.CRITICAL, 8))
ONLY_A_TRIAL = _one_of(any_beginning(said.TRIAL))
THE_LINE_STANDS = _one_of(_near(said.THE_LINE, said.STANDS_STILL, 4))
IT_IS_URGENT = re.compile(rf"(?<!not ){any_beginning(said.IN_A_HURRY)}")

IT_IS_SOLVED, ALAS = _one_of(any_beginning(said.SOLVED)), _one_of(any_beginning(said.ALAS))
MOST_WORDS_OF_THANKS = 30


def wants_person(text: str) -> bool:
    return WANTS_PERSON.search(fold(text)) is not None


def says_it_is_solved(text: str) -> bool:
    """A short word that all is well, without a question or a but: whatever it is about, nobody wants anything done."""
    plain = fold(text)
    if "?" in plain or len(plain.split()) > MOST_WORDS_OF_THANKS:
        return False
    return bool(IT_IS_SOLVED.search(plain)) and not (ALAS.search(plain) or SOMETHING_FAILS.search(plain))


def is_urgent(text: str) -> bool:
    return IT_IS_URGENT.search(fold(text)) is not None


def work_has_stopped(text: str) -> bool:
    return WORK_HAS_STOPPED.search(fold(text)) is not None


def many_are_hit(text: str) -> bool:
    return MANY_ARE_HIT.search(fold(text)) is not None


def many_cannot_work(text: str) -> bool:
    """A company, a site or its customers, and something fails; or a team whose work has stopped."""
    plain = fold(text)
    if MANY_ARE_HIT.search(plain):
        return bool(SOMETHING_FAILS.search(plain) or WORK_HAS_STOPPED.search(plain))
    return bool(A_TEAM_IS_HIT.search(plain) and WORK_HAS_STOPPED.search(plain))


def business_is_down(text: str) -> bool:
    """What the whole company lives by is out of order, and it is no trial of it: nobody need say how many are hit."""
    plain = fold(text)
    if THE_LINE_STANDS.search(plain):
        return True
    return BUSINESS_IS_DOWN.search(plain) is not None and ONLY_A_TRIAL.search(plain) is None
