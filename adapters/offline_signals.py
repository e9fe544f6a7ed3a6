"""Signals in a text that outweigh what the classifier guesses, in English, French, German and Spanish."""

import re

from adapters.offline_words import fold

WANTS_PERSON = re.compile(
    r"\b(?:"
    r"(?:speak|talk|chat|connect me|put me through|transfer me)\s+(?:to|with)\s+(?:an?\s+)?(?:real\s+"
    r"|actual\s+|live\s+)?"
    r"(?:person|human|somebody|someone|agent|technician|operator)|(?:real|actual|live)\s+(?:person|human)"
    r"|human\s+(?:being|agent|operator)|(?:not|no)\s+(?:to\s+)?(?:an?\s+|another\s+|more\s+)?(?:ro|chat)?bots?"
    r"|(?:call|phone)\s+me\s+back"
    r"|(?:parler|echanger)\s+(?:a|avec)\s+(?:une?\s+)?(?:vraie?\s+)?(?:personne|humain|etre|conseiller"
    r"|technicien|quelqu.un)"
    r"|vraie\s+personne|etre\s+humain|rappelez[\s-]moi|pas\s+(?:a\s+)?un\s+robot"
    r"|mit\s+(?:einem|einer)\s+(?:echten\s+|richtigen\s+)?(?:menschen|mitarbeiter|person"
    r"|techniker)\w*\s+(?:sprechen|reden)"
    r"|echte[nr]?\s+(?:menschen|person)|rufen\s+sie\s+mich\s+(?:bitte\s+)?(?:an|zuruck)"
    r"|kein(?:en)?\s+(?:chat)?bot"
    r"|hablar\s+con\s+(?:una?\s+)?(?:persona|humano|agente|tecnico|alguien)|persona\s+real|ser\s+humano"
    r"|llamenme"
    r")\b"
)
MANY_ARE_HIT = re.compile(
    r"\b(?:everyone|everybody|(?:whole|entire) (?:office|team|floor|company|department|site)|nobody can"
    r"|no one can"
    r"|all (?:users|staff|employees|of us)|outage|company[- ]wide"
    r"|tout le monde|tous les (?:utilisateurs|collegues|employes)|plus personne|personne ne peut|panne "
    r"generale"
    r"|alle (?:kollegen|mitarbeiter|benutzer|nutzer)|niemand kann|ganze (?:abteilung|buro|firma|team)|ausfall"
    r"|todo el mundo|todos los (?:usuarios|empleados)|nadie puede|toda la (?:oficina|empresa)|caida "
    r"general)\b"
)
WORK_HAS_STOPPED = re.compile(
    r"\b(?:(?<!not )urgent|asap|immediately|emergency|(?:cannot|can.t|unable to) work|production (?:is )?down"
    r"|tout de suite|immediatement|impossible de travailler"
    r"|dringend|sofort|nicht (?:mehr )?arbeiten|notfall"
    r"|urgente|inmediatamente|no (?:puedo|podemos) trabajar|cuanto antes)\b"
)


def wants_person(text: str) -> bool:
    return WANTS_PERSON.search(fold(text)) is not None


def many_are_hit(text: str) -> bool:
    return MANY_ARE_HIT.search(fold(text)) is not None


def work_has_stopped(text: str) -> bool:
    return WORK_HAS_STOPPED.search(fold(text)) is not None
