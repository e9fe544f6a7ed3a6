"""Reads text without a model: words, their language, and a bridge from other languages to English."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from shared.thinking import Question

STEM_LENGTH = 5
WORD = re.compile(r"[^\W_]+")

STOP_WORDS = {
    "en": "the a an and or but is are was were be been it its this that these those i my me we our us you "
    "your he she "
    "they their to of in on at for from with by as not no can cannot could would will have has had do "
    "does did please "
    "since when what which there any if so then than about get got just after before into out up down all "
    "also since "
    "hello hi dear thanks thank regards need want help",
    "fr": "le la les un une des du de et ou mais est sont etait je j mon ma mes nous notre vous votre il "
    "elle ils leur "
    "au aux en dans sur pour par avec sans ne pas plus ce cette ces qui que quoi dont ou quand depuis "
    "peux peut ai a "
    "ont avons avez suis tres bien s d l n c se sa son bonjour merci svp plait cordialement comment tout "
    "toujours",
    "de": "der die das den dem des ein eine einen einem einer und oder aber ist sind war waren ich mein "
    "meine meinen "
    "meinem wir unser unsere sie ihr ihre er es zu zum zur von im in am an auf fur mit bei aus nach seit "
    "nicht kein "
    "keine kann konnen habe haben hat wird werden wurde bitte hallo danke guten tag wie was wenn dass "
    "auch noch mehr "
    "mich mir uns nur schon immer gruss freundlichen",
    "es": "el la los las un una unos unas y o pero es son era yo mi mis me nosotros nuestro usted su sus "
    "se lo al del "
    "de en con por para sin no mas que quien cuando donde como desde esta este estos estoy he ha han "
    "hemos puedo puede "
    "hola gracias favor buenos dias saludos muy ya necesito tengo todo",
    "it": "il lo la i gli le un uno una e o ma sono era mio mia miei noi nostro voi suo sua di del della "
    "dei al alla "
    "in nel nella con per da dal non piu che chi quando dove come questo questa ho ha hanno abbiamo posso "
    "puo ciao "
    "buongiorno grazie prego cordiali saluti anche mi ci si",
    "nl": "de het een en of maar is zijn was waren ik mijn mij we wij ons onze u uw jij je hij zij hun "
    "van in op aan "
    "voor met door uit naar sinds niet geen kan kunnen heb hebben heeft wordt worden graag hallo bedankt "
    "dank dit dat "
    "deze die wat wie wanneer waar hoe ook nog meer maar er bij te",
}
STOPS = {language: frozenset(words.split()) for language, words in STOP_WORDS.items()}
EVERY_STOP = frozenset[str]().union(*STOPS.values())

ENGLISH_FOR = {
    "password": "passe motdepasse contrasena kennwort passwort wachtwoord clave",
    "account": "compte konto cuenta benutzerkonto conto",
    "locked": "verrouill bloqu bloquead gesperrt sperre bloccat vergrendeld",
    "unlock": "deverrouill debloqu entsperr desbloque freischalt sblocc",
    "reset": "reinitialis zurucksetz restablec oublie vergessen olvid",
    "printer": "imprim drucker drucke impresor stampant",
    "network": "reseau netzwerk netz red rete",
    "internet": "connexion verbindung conexion",
    "drive": "lecteur laufwerk netzlaufwerk unidad",
    "folder": "dossier ordner freigabe carpeta partage cartella",
    "file": "fichier datei dateien archivo",
    "deleted": "supprim geloscht eliminad borrad effac",
    "restore": "restaur wiederherstell recuper",
    "access": "acces zugriff zugang acceso accesso berechtigung",
    "group": "groupe gruppe grupo gruppo",
    "mail": "courriel messagerie mails email correo postfach boite mailbox courrier",
    "calendar": "calendrier agenda kalender calendario",
    "meeting": "reunion besprechung termin riunione",
    "computer": "ordinateur rechner computadora ordenador poste",
    "laptop": "portable notebook portatil",
    "screen": "ecran bildschirm monitor pantalla",
    "keyboard": "clavier tastatur teclado",
    "mouse": "souris maus raton",
    "phone": "telephone telefon handy diensthandy telefono movil smartphone",
    "software": "logiciel programm programa anwendung aplicacion",
    "install": "installier instalar installer",
    "licence": "license lizenz licencia licenza",
    "update": "mise aktualisier actualiz",
    "slow": "lent lento langsam lenta",
    "server": "serveur servidor",
    "certificate": "certificat zertifikat certificad",
    "invoice": "facture rechnung factura fattura",
    "order": "command bestell pedido",
    "phishing": "hameconnage",
    "virus": "malware schadsoftware",
    "stolen": "vole gestohlen robad",
    "lost": "perdu verloren perdid",
    "employee": "mitarbeiter employe collaborat emplead",
    "error": "erreur fehler errore",
    "outage": "panne ausfall caida averia",
}
BRIDGE = {prefix: english for english, prefixes in ENGLISH_FOR.items() for prefix in prefixes.split()}
SHORTEST, LONGEST = min(map(len, BRIDGE)), max(map(len, BRIDGE))


def fold(text: str) -> str:
    """Case and accents removed, so that `Verrouillé` and `verrouille` are one word."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words(text: str) -> list[str]:
    return WORD.findall(fold(text))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The English word where the bridge knows one, cut to its first letters: crude in every language."""
    for length in range(min(len(word), LONGEST), max(SHORTEST, 3) - 1, -1):
        if english := BRIDGE.get(word[:length]):
            return english[:STEM_LENGTH]
    return word[:STEM_LENGTH]


def terms(text: str) -> Counter[str]:
    """How often each content word's stem occurs."""
    return Counter(stem(word) for word in words(text) if len(word) > 1 and word not in EVERY_STOP)


def words_of(question: Question) -> str:
    """Everything the requester wrote, the first words first."""
    return "\n".join((question.subject, question.text, *question.messages))


def language_of(text: str) -> str:
    """The language whose small words fill most of the text; English where nothing decides."""
    said = words(text)
    hits = {language: sum(word in stops for word in said) for language, stops in STOPS.items()}
    best = max(hits, key=lambda language: (hits[language], language == "en"))
    return best if hits[best] > hits["en"] else "en"
