"""Tells by what is meant together that a text reports a breach: no single word does, and none may be missed.

Each rule is some meanings that must all occur. They err towards a breach: then a person looks.
"""

import re

from adapters import offline_breach_words as said
from adapters.offline_lexicon import any_beginning, near
from adapters.offline_words import fold

RANSOM = "files are held to ransom"
MALWARE = "malware at work"
TAKEN_OVER = "an account that somebody else uses"
MISDIRECTED = "data that went to the wrong person"
GIVEN_AWAY = "a secret given away"
FRAUD = "an attempt at fraud"
TALK_OF_FRAUD = "fraud by its usual names"
"""People ask about it too, and want to be trained in it."""
STOLEN = "a stolen device"

NOT_PROTECTION = r"(?<!anti)(?<!anti[ -])"
"""An antivirus that is to be renewed is no virus."""


def _any(words: str) -> re.Pattern[str]:
    return re.compile(any_beginning(words))


def _close(first: str, second: str, between: int) -> re.Pattern[str]:
    """Both in one sentence, in either order."""
    one, other = any_beginning(first), any_beginning(second)
    return re.compile(f"{near(one, other, between)}|{near(other, one, between)}")


def _then(first: str, second: str, between: int) -> re.Pattern[str]:
    return re.compile(near(any_beginning(first), any_beginning(second), between))


FILES, GAVE, SECRET, IMPOSTOR = _any(said.FILES), _any(said.GAVE), _any(said.SECRET), _any(said.PRETENDS)
DEMANDS_MONEY = _then(said.DEMANDS, said.MONEY, 5)
CLICKED = _close(said.CLICKED, said.LINK, 6)
ODD_LETTER = _close(said.STRANGE, said.LETTER, 2)
SIGN_IN_FROM_ABROAD = _then(said.SIGN_IN, said.ABROAD, 6)
SENT, WRONG_RECIPIENT = _any(said.SENT), _close(said.WRONG, said.RECIPIENT, 2)

RULES: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...] = (
    (RANSOM, (_any(said.EXTORTION),)),
    (RANSOM, (_any(said.SCRAMBLED), FILES, DEMANDS_MONEY)),
    (RANSOM, (FILES, DEMANDS_MONEY, _any(said.NOTE))),
    (RANSOM, (FILES, DEMANDS_MONEY, _any(said.GET_BACK))),
    (RANSOM, (FILES, _close(said.STRANGE, said.ENDING, 2))),
    (MALWARE, (re.compile(NOT_PROTECTION + any_beginning(said.MALWARE)),)),
    (MALWARE, (_then(said.MOVES, said.BY_ITSELF, 3),)),
    (MALWARE, (_then(said.PROGRAM, said.NOT_INSTALLED, 7),)),
    (MALWARE, (_then(said.LET_IN, said.INTO, 4),)),
    (MALWARE, (_close(said.FOUND, said.STICK, 6),)),
    (MALWARE, (CLICKED, _any(said.AND_THEN))),
    (TAKEN_OVER, (_any(said.TAKEN_OVER),)),
    (TAKEN_OVER, (_any(said.NOT_MINE), _any(said.ACCOUNT))),
    (TAKEN_OVER, (_then(said.SOMEBODY, said.USES_IT, 4),)),
    (TAKEN_OVER, (SIGN_IN_FROM_ABROAD, _any(said.NOTICE))),
    (TAKEN_OVER, (_then(said.PROMPT, said.AGAIN, 9),)),
    (TAKEN_OVER, (_then(said.SENDS, said.SPAM, 3),)),
    (MISDIRECTED, (_any(said.LEAK),)),
    (MISDIRECTED, (SENT, WRONG_RECIPIENT)),
    (MISDIRECTED, (SENT, _any(said.BY_MISTAKE), _any(said.PERSONAL_DATA))),
    (MISDIRECTED, (_close(said.PUBLISHED, said.KEY, 4),)),
    (MISDIRECTED, (_then(said.GOT, said.OF_ANOTHER, 4),)),
    (GIVEN_AWAY, (GAVE, SECRET, IMPOSTOR)),
    (GIVEN_AWAY, (GAVE, SECRET, ODD_LETTER)),
    (GIVEN_AWAY, (GAVE, SECRET, CLICKED)),
    (GIVEN_AWAY, (_then(said.SECRET, said.FOR_SALE, 4),)),
    (FRAUD, (ODD_LETTER,)),
    (FRAUD, (_close(said.PRETENDS, said.LETTER, 8),)),
    (FRAUD, (IMPOSTOR, DEMANDS_MONEY)),
    (FRAUD, (IMPOSTOR, _any(said.CALLED))),
    (TALK_OF_FRAUD, (_any(said.FRAUD),)),
    (STOLEN, (_any(said.STOLEN), _any(said.COMPUTER))),
)


def reports_breach(text: str) -> str | None:
    """What kind of breach a text reports, in words for the ticket's reasons; None where it reports none."""
    plain = fold(text)
    return next((kind for kind, meanings in RULES if all(one.search(plain) for one in meanings)), None)
