"""Words of free text as full-text queries: nothing a requester writes can act as a query operator."""

import re
import unicodedata
from collections.abc import Iterable

TOKENIZER = "porter unicode61 remove_diacritics 2"
"""For FTS5 tables: case and accents do not matter, and plural and inflected forms meet in their stem."""

MARKS = "\x01\x02"
"""What highlight() is to put around a word that was found: nothing that people write."""

_WORD = re.compile(r"[^\W_]+")
_MARKED = re.compile("\x01([^\x02]*)\x02")
_LONGEST_WORD = 40

_STOP_WORDS = frozenset(
    _WORD.findall("""
    a about after again all also am an and any anybody are as at be because been before being but by can
    cannot could did do does doing don down for from get gets getting got had has have having he help hello
    her here hi him his how i if im in into is it its ive just know let like ll me more my need needs no not
    now of off on one only or our out over per please re regards same she since so some still such than
    thank thanks that the their them then there these they this those to today too try trying up us use
    using very want was we were what when where which while who why will with work working works would yes
    yesterday you your

    afin ai alors apres au aucun aussi autre aux avant avec avez avoir avons bonjour c ca car ce cela ces cet
    cette chez comme comment cordialement d dans de depuis des donc du elle elles en encore est et etait
    ete etre eu faire fait faut hier il ils j je l la le les leur lors lui m ma mais me merci mes mon n ne nos
    notre nous on ont ou par pas peu peut peux plait plus pour pourquoi pouvez puis qu quand que quel
    quelle qui quoi s sa sans se ses si son sont sur t toujours tout tous tres tu un une vos votre vous y

    aber alle als am an auch auf aus bei beim bin bis bitte da damit danke dann das dass dem den der des
    die dies diese dieser doch du durch ein eine einem einen einer eines er es etwas euch fuer fur gibt
    gruesse grusse guten hab habe haben hallo hat heute hier ich ihm ihn ihr ihre im in ist ja jetzt kann
    kein keine konnen koennen mal mehr mein meine meinem meinen meiner mich mir mit muss nach nicht noch
    nun nur oder ob ohne schon sehr seit sich sie sind so soll tag um und uns unser vom von vor wann warum
    was weil wenn wer werden wie wieder wir wird wo zu zum zur

    a al algo antes asi aun ayuda buenas buenos cada como con cual cuando de del desde dia dias donde dos
    el ella en entre era es esa ese eso esta estan estar este esto estoy fue gracias ha hace hacer han hasta
    hay hola la las le les lo los mas me mi mis mucho muy nada necesito ni no nos nuestro o os otra otro para
    pero poco por porque puede puedo que quien saludos se ser si sin sobre son soy su sus tambien tengo tiene
    todo tu un una unas uno unos usted y ya yo

    anche al alla buongiorno che chi ci ciao come con cordiali cosa da dal dei del della di dopo dove grazie
    gli ho io il lo mi mia mie miei mio nella noi non nostro per perche piu posso puo quando quella quello
    questa questo saluti sono suo troppi tutto voi vorrei
    """)
)


def search_terms(text: str, limit: int) -> tuple[str, ...]:
    """The first `limit` different words of `text` that say something, lower case, in their order."""
    terms: dict[str, str] = {}
    for match in _WORD.finditer(unicodedata.normalize("NFC", text)):
        word = match.group().lower()
        plain = without_accents(word)
        if 1 < len(word) <= _LONGEST_WORD and plain not in _STOP_WORDS and plain not in terms:
            terms[plain] = word
            if len(terms) == limit:
                break
    return tuple(terms.values())


def any_of(terms: Iterable[str]) -> str:
    """An FTS5 expression that matches rows with at least one of the words."""
    return " OR ".join(f'"{term}"' for term in terms)


def beginnings(text: str) -> str:
    """An FTS5 expression that matches rows with a word that begins so for each word of `text`; nothing without any."""
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    return " ".join(f'"{word}"*' for word in words) or '""'


def folded_words(text: str) -> tuple[str, ...]:
    """The words of `text` as people may write them when they look for them: lower case, no accents."""
    return tuple(without_accents(word.lower()) for word in _WORD.findall(unicodedata.normalize("NFC", text)))


def marked_words(highlighted: str) -> frozenset[str]:
    """The different words that FTS5's highlight() put between MARKS."""
    return frozenset(without_accents(word.lower()) for word in _MARKED.findall(highlighted))


def without_accents(text: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFD", text) if not unicodedata.combining(part))
