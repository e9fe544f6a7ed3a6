"""Words that give a ticket away, in English, French, German and Spanish, accents removed."""

import re
from collections.abc import Mapping

from adapters.offline_words import fold
from shared.tickets import Category


def _pattern(prefixes: str) -> re.Pattern[str]:
    """Matches words that begin with one of the prefixes; `_` is a space, a final `.` ends the word."""
    alternatives = "|".join(
        re.escape(prefix.rstrip(".")).replace("_", r"\s+") + (r"\b" if prefix.endswith(".") else "")
        for prefix in sorted(prefixes.split(), key=len, reverse=True)
    )
    return re.compile(rf"\b(?:{alternatives})")


CATEGORY_WORDS: Mapping[Category, re.Pattern[str]] = {
    "access_identity": _pattern(
        "password passwort mot_de_passe contrasena locked_out account_locked log_in login logon sign_in "
        "sso. mfa. 2fa. "
        "authenticat permission access_to access_rights acces_a acces_au zugriff_auf zugang berechtigung "
        "acceso_a group "
        "groupe gruppe grupo compte verrouill konto gesperrt cuenta_bloque unlock entsperr role rights droits"
    ),
    "network": _pattern(
        "wifi wi_fi wlan vpn. network reseau netzwerk. red. internet dns. proxy firewall ethernet lan. "
        "router switch ping "
        "latency packet bandwidth connexion_internet pare_feu"
    ),
    "email_collab": _pattern(
        "email e_mail outlook mailbox inbox calendar calendrier kalender calendario teams. meeting "
        "invitation reunion "
        "besprechung sharepoint zoom slack messagerie courriel postfach correo distribution_list bounce "
        "attachment"
    ),
    "hardware": _pattern(
        "laptop notebook desktop monitor screen ecran bildschirm pantalla keyboard clavier tastatur "
        "teclado mouse souris "
        "maus. docking dock. battery batterie bateria akku charger webcam headset fan. overheat usb "
        "power_button boot "
        "ordinateur_portable portatil"
    ),
    "printing": _pattern("print imprim druck impresor scanner scan. scans. scan_to toner paper_jam "
    "cartridge bourrage papierstau"),
    "mobile": _pattern(
        "phone smartphone iphone android ipad tablet mobile handy diensthandy telefon telephone_portable "
        "movil intune mdm. "
        "sim. esim roaming"
    ),
    "software": _pattern(
        "software application app. apps. install licen lizenz excel word. powerpoint adobe acrobat plugin "
        "add_in crash "
        "logiciel programm aplicacion update version browser chrome firefox edge. erp. sap. crm."
    ),
    "data_storage": _pattern(
        "file fichier datei archivo folder dossier ordner carpeta onedrive backup sauvegarde sicherung "
        "restore restaur "
        "wiederherstell quota storage shared_drive network_drive lecteur laufwerk netzlaufwerk "
        "unidad_de_red database "
        "datenbank deleted supprime geloscht disk_space sync"
    ),
    "cloud_infra": _pattern(
        "server serveur servidor vm. virtual_machine azure aws. kubernetes deploy pipeline certificate "
        "certificat "
        "zertifikat certificado tls. ssl. docker container subscription cluster load_balancer terraform"
    ),
    "security": _pattern(
        "phish hameconnage malware virus ransomware suspicious suspect verdachtig sospechos hack "
        "compromis kompromitt "
        "stolen vole gestohlen robad breach leak fraud spam trojan encrypted_my unauthori"
    ),
    "procurement_hr": _pattern(
        "new_starter new_hire new_employee joiner leaver onboard offboard order commander bestell pedir "
        "purchase procure "
        "nouvel_employe nouveau_collaborateur neuer_mitarbeiter neue_mitarbeiter nuevo_empleado equipment "
        "last_day quote"
    ),
    "billing": _pattern(
        "invoice facture rechnung factura billing billed charge. charged charges cost_cent refund "
        "credit_note payment "
        "kostenstelle rembours abonnement"
    ),
    "not_a_ticket": _pattern(
        "out_of_office unsubscribe newsletter webinar automatic_reply auto_reply abwesend absence_du_bureau "
        "fuera_de_la_oficina special_offer merci_beaucoup_pour no_action thank_you_for_your_help "
        "limited_offer"
    ),
}  # fmt: skip

WANTS_PERSON = re.compile(
    r"\b(?:"
    r"(?:speak|talk|chat|connect me|put me through|transfer me)\s+(?:to|with)\s+(?:an?\s+)?(?:real\s+"
    r"|actual\s+|live\s+)?"
    r"(?:person|human|somebody|someone|agent|technician|operator)|(?:real|actual|live)\s+(?:person|human)"
    r"|human\s+(?:being|agent|operator)|(?:not|no)\s+(?:to\s+)?(?:an?\s+|another\s+)?(?:ro|chat)?bots?"
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


def keyword_hits(text: str) -> dict[Category, list[str]]:
    """The giving-away words found for each category that has any, each word once."""
    plain = fold(text)
    found: dict[Category, list[str]] = {
        category: list(dict.fromkeys(pattern.findall(plain))) for category, pattern in CATEGORY_WORDS.items()
    }
    return {category: hits for category, hits in found.items() if hits}


def wants_person(text: str) -> bool:
    return WANTS_PERSON.search(fold(text)) is not None


def many_are_hit(text: str) -> bool:
    return MANY_ARE_HIT.search(fold(text)) is not None


def work_has_stopped(text: str) -> bool:
    return WORK_HAS_STOPPED.search(fold(text)) is not None
