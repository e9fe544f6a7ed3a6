"""Passwords that people write into a sentence, in English, French, German, Spanish and Italian."""

import re
from collections.abc import Callable
from functools import cache

type Measure = Callable[[str], int]

_KEYWORD = (
    r"(?:pass[ -]?words?|passwd|pwd|pass[ -]?phrase|pass[ -]?code|log-?in code|mots? de passe|mdp"
    r"|passw[oö]rte?r?|kennw[oö]rte?r?|contrase[nñ]as?|parola d'ordine|parola chiave)"
)
_ADJECTIVE = (
    r"(?: (?:actuel|provisoire|temporaire|actual|temporal|nueva|provisional|attuale|temporanea|provvisoria|nuova"
    r"|\([^()\n]{1,30}\)))?"
)
_PURPOSE = (
    r"(?: (?:for|to|on|of|at|pour|du|de|sur|für|zum|zur|von|para|del?|per|di|della|dell)(?: [^\s:=]{1,40}){1,4}?)?"
)
_SAYS = r"[ \t]*(?:[:=]|->|=>|\b(?:is|was|est|était|ist|war|lautet|es|era|è)\b[ \t]*:?)[ \t]*"
_CHANGED_TO = r"[ \t]+(?:to|en|par|auf|in|zu|a|por|con)[ \t]+"
_QUOTED = r"[\"'«„“‘`][ ]?(?P<quoted>[^\"'»”“’`\n]{1,200})[\"'»”“’`]"

# Words that tell how a password is doing, not what it is.
_STATES = """
    a about accepted again all already also always an and any as asked at bad because before being
    blocked broken but by case compromised correct denied different disabled due empty enough
    exactly expired expiring fine for forgotten from gone good hacked has hidden i ignored in
    incorrect invalid it just known leaked locked long lost mandatory missing must my needed never
    new no none not now ok okay old on only optional or out outdated please policy protected public
    read refused rejected required reset right safe saved secure set shared short should shown
    simple somehow still stolen strong stuck suddenly supposed synced taken that the then there this
    to too typed under unknown unsafe up used useless valid visible weak what when where working
    written wrong your yours
    actuel aussi bien bloqué bloquée changé compliqué correct correcte dans de depuis désactivé
    différent doit du encore enregistré en erroné exact expiré expirée faible faux faut incorrect
    incorrecte inconnu invalide jamais la le les mal mauvais mon ne non obligatoire oublié où pas
    perdu périmé plus pourquoi pour que quoi refusé réinitialisé rejeté requis sans sur toujours
    trop un une valide verrouillé volé à
    abgelaufen aber abgelehnt auch aus bekannt das dem den der deaktiviert die doch ein eine einfach
    erforderlich es falsch gehackt gespeichert gesperrt gestohlen geändert gültig immer im kein
    kompromittiert korrekt kurz lang leer leider mein mehr mit muss nach nicht noch nun nötig
    plötzlich richtig schon schwach seit sicher soll ungültig unbekannt unsicher verboten vergessen
    verloren von weg wieder wird zu zurückgesetzt
    aún bloqueada bloqueado caducada caducado correcta correcto debe débil demasiado desconocida el
    ella errónea está expirada expirado incorrecta incorrecto inválida la larga lo mi muy necesaria
    no nunca obligatoria olvidada otra para perdida por que rechazada robada segura siempre sin tan
    un una vencida ya
    appena bloccata bloccato cambiata compromessa corretta corto deve dimenticata disattivata errata
    molto necessaria non obbligatoria perché persa rifiutata rubata sbagliata scaduta scaduto sempre
    smarrita stata troppo uguale
"""
_ASKS = """
    what where which this that it here there how who why and qué que cuál cual esta esa este ese
    quel quelle ceci cela c'est où voici was wo das dies dieses hier wie
"""
_ORDINARY = re.compile(r"[a-z]+(?:ing|ed|ly)|\[\w+\]")
_CODE = re.compile(r"(?i)0x[0-9a-f]+|(?:inc|req|chg|kb|cve|ticket|error|v)[-_#]?\d[\d.-]*|\d[\d.:,/-]*|\[\w+\]")


def password_length(candidate: str) -> int:
    """Length of a password that follows "is" or a colon; 0 for a word that only says how it is doing."""
    secret = _bare(candidate)
    word = secret.lstrip("\"'«„“‘`")
    if not word or word.lower() in _words(_STATES) or _ORDINARY.fullmatch(word):
        return 0
    return len(secret)


def telling_length(candidate: str) -> int:
    """Length of a word that looks like a password by itself: mixed signs, and no error code."""
    secret = _bare(candidate)
    mixed = any(char.isdigit() for char in secret) + any(char.isalpha() for char in secret)
    marks = any(not char.isalnum() and char not in "-'’_." for char in secret)
    looks_made_up = len(secret) >= 6 and mixed + marks >= 2
    return len(secret) if looks_made_up and not _CODE.fullmatch(secret) else 0


def named_before_length(candidate: str) -> int:
    """Length of the word in front of "is my password"; 0 where that is a question or a pronoun."""
    return 0 if candidate.lower() in _words(_ASKS) or password_length(candidate) == 0 else len(candidate)


def any_length(candidate: str) -> int:
    return 0 if _ORDINARY.fullmatch(candidate) else len(candidate)


@cache
def password_patterns() -> tuple[tuple[re.Pattern[str], str, Measure], ...]:
    """Patterns, the group that may be a password, and the judge of it; all quantifiers are bounded."""
    named = rf"(?i)\b{_KEYWORD}\b{_ADJECTIVE}"
    return (
        (re.compile(rf"{named}{_PURPOSE}(?:{_SAYS}|{_CHANGED_TO}|[ \t]+){_QUOTED}"), "quoted", any_length),
        (re.compile(rf"{named}{_PURPOSE}{_SAYS}(?P<secret>\S{{1,200}})"), "secret", password_length),
        (re.compile(rf"{named}(?:{_CHANGED_TO}|[ \t]+)(?P<telling>\S{{1,200}})"), "telling", telling_length),
        (
            re.compile(
                r"(?i)(?<!\S)(?P<before>\S{1,200}) (?:is|was|est|ist|es)"
                r" (?:my|our|mon|notre|mein|unser|mi|nuestra)"
                rf" (?:\w{{1,20}} )?{_KEYWORD}\b"
            ),
            "before",
            named_before_length,
        ),
        (
            re.compile(
                rf"(?i)\b(?:pin(?:[ -]?(?:code|number|nummer))?|code pin|c[oó]digo pin|clave){_ADJECTIVE}"
                rf"(?:{_SAYS}|[ \t]+)(?P<digits>\d{{4,12}})\b"
            ),
            "digits",
            any_length,
        ),
        (re.compile(r"://[^\s/:@]{1,64}:(?P<digits>[^\s/@]{1,128})@"), "digits", any_length),
    )


@cache
def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _bare(candidate: str) -> str:
    """The candidate without the punctuation of the sentence around it."""
    return candidate.rstrip(".,;:)»”“\"'")
