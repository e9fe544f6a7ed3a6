"""Mail that no person wrote to the desk: automatic replies, delivery notices, newsletters.

Read on plain texts (lower case, no accents, lines kept). A header or a label with its colon is enough;
looser signs give way to a question, since people also report trouble with such mail.
"""

import re
from functools import cache

_REPLY_LABEL = (
    r"(?:automatic(?:ally generated)? reply|auto(?:-| )?(?:reply|response|responder)|out of (?:the"
    r" )?office(?: reply)?"
    r"|ooo|automatische antwort|abwesenheitsnotiz|abwesend|reponse automatique|absence du bureau|absent du"
    r" bureau"
    r"|respuesta automatica|fuera de (?:la )?oficina)"
)
_NOTICE_LABEL = (
    r"(?:undeliverable|undelivered mail returned to sender|delivery status notification(?: \((?:failure"
    r"|delay)\))?"
    r"|mail delivery (?:failed|failure|subsystem)|delivery failure|returned mail|failure notice|message"
    r" delayed"
    r"|unzustellbar|nicht zustellbar|non remis|non distribuable|echec de (?:la )?remise|no se puede entregar"
    r"|no entregado)"
)
_NOTICE_OPENING = (
    r"(?:this is the mail system at host|this message was created automatically by mail delivery software"
    r"|this is an automatically generated delivery status notification|delivery has failed to these"
    r" recipients"
    r"|your message to \S+ (?:couldn't|could not) be delivered|diese nachricht wurde automatisch von der mail"
    r"|fehler bei der nachrichtenzustellung|echec de la remise pour ces destinataires"
    r"|error de entrega a estos destinatarios)"
)
_AWAY = (
    r"(?:i am|i'm|i will be) (?:currently )?(?:out of (?:the )?office|away|on (?:annual |parental )?leave"
    r"|on vacation|on holiday)"
    r"|ich bin (?:derzeit |zurzeit |aktuell )?(?:nicht im (?:buro|haus)|im urlaub|abwesend|ausser haus)"
    r"|je suis (?:actuellement )?(?:absente?|en conges?|en vacances)"
    r"|estoy (?:actualmente )?(?:fuera de (?:la )?oficina|de vacaciones|ausente)"
)
_LATER = (
    r"thank you for your (?:e-?mail|message)|limited access to (?:my )?e-?mail"
    r"|(?:for|in) urgent (?:matters|cases|requests)"
    r"|(?:will (?:reply|respond|answer|get back to you)|as soon as i(?:'m| am) back|upon my return|during"
    r" my absence)"
    r"|vielen dank fur ihre (?:nachricht|e-?mail)|in dringenden fallen|nach meiner ruckkehr|wird nicht"
    r" weitergeleitet"
    r"|merci (?:de|pour) votre (?:message|mail|courriel)|en cas d'urgence|a mon retour|des mon retour"
    r"|gracias por su (?:mensaje|correo)|en caso de urgencia|para asuntos urgentes|a mi regreso|a mi vuelta"
)
_NEWSLETTER = (
    r"\bunsubscribe\b|\bse desabonner\b|\bdesinscri|\bnewsletter abbestellen\b|\bvom newsletter abmelden\b"
    r"|\bdarse de baja\b|\bcancelar (?:la |su |tu )?suscripcion\b",
    r"(?:view|read|open) (?:this|it|the) ?(?:e-?mail|message|newsletter)? ?(?:in|online|on) ?(?:your|a"
    r"|the)? ?(?:web )?browser"
    r"|(?:afficher|voir) .{0,20}(?:dans (?:le|votre) navigateur|en ligne)|im browser (?:ansehen|anzeigen"
    r"|offnen|lesen)"
    r"|ver .{0,20}en (?:el|su|tu) navegador",
    r"you (?:are receiving|received|get) this (?:e-?mail|newsletter|message) because"
    r"|vous recevez (?:cet? (?:e-?mail|message|courriel)|cette newsletter) (?:car|parce)"
    r"|sie erhalten (?:diese e-?mail|diesen newsletter|diese nachricht),? weil"
    r"|recibes? este (?:correo|mensaje|boletin) porque",
    r"(?:manage|update|change) (?:your )?(?:e-?mail |subscription |mailing )?preferences|gerer (?:vos|mes)"
    r" preferences"
    r"|einstellungen verwalten|gestionar (?:sus|tus) preferencias",
    r"\bnewsletter\b.{0,80}\b(?:issue|edition|ausgabe|no\.|week|monthly|weekly)\b"
    r"|\b\d{1,2} ?% (?:off|de reduction|rabatt|de descuento)\b|\b(?:all rights reserved|alle rechte"
    r" vorbehalten"
    r"|tous droits reserves|todos los derechos reservados)\b",
)  # fmt: skip
_QUESTION = (
    r"\b(?:how (?:do|can|to)|why|can you|could you|would you|please (?:help|fix|check|set|forward|turn|stop"
    r"|block|remove)|help me"
    r"|i (?:get|got|receive|keep|cannot|can't|need|want|do not|don't)|we (?:get|got|receive|keep|cannot"
    r"|can't|need)"
    r"|(?:not|isn't|doesn't|stopped) work\w*"
    r"|comment|pourquoi|pouvez-vous|je (?:recois|n'arrive|ne peux|voudrais|souhaite)|ne (?:marche"
    r"|fonctionne) (?:pas|plus)"
    r"|wie (?:kann|stelle)|warum|konnen sie|konnten sie|ich (?:bekomme|erhalte|kann|brauche|mochte)"
    r"|funktioniert nicht"
    r"|como (?:puedo|hago)|por que|pueden?|podrian?|recibo|no (?:puedo|funciona)|necesito|quiero)\b"
)
_HEADER = re.compile(r"[a-z][a-z0-9-]{1,40}:")
_HEADERS = (
    (
        "automatic reply",
        re.compile(r"auto-submitted: ?auto-(?:replied|generated|notified)|x-auto(?:reply|respond)\w*:"),
    ),
    ("delivery notice", re.compile(r"x-failed-recipients:|content-type: ?multipart/report|return-path: ?<>")),
    ("newsletter", re.compile(r"list-unsubscribe(?:-post)?:|precedence: ?(?:bulk|junk)")),
)


def automatic_kind(subject: str, text: str) -> str | None:
    """Say what kind of automatic mail this is, or None when a person may have written it."""
    for kind, header in _HEADERS:
        if any(header.match(line) for line in _leading_headers(text)):
            return kind
    labels = [(kind, match[0]) for kind, label in _labels() if (match := label.match(subject.strip()))]
    for kind, label in labels:
        if label.endswith(":"):
            return kind
    words = " ".join(text.split())
    if _matches(_QUESTION, f"{subject.strip()} {words}"):
        return None
    return labels[0][0] if labels else _kind_by_signs(subject, words)


def _kind_by_signs(subject: str, words: str) -> str | None:
    """Judge by phrases of the text; away and newsletter need two signs each."""
    opening = words[:3_000]
    if re.match(_NOTICE_OPENING, opening):
        return "delivery notice"
    if _matches(_AWAY, opening) and _matches(_LATER, opening):
        return "automatic reply"
    signs = sum(_matches(sign, f"{subject} {words}") for sign in _NEWSLETTER)
    return "newsletter" if signs >= 2 else None


def _leading_headers(text: str) -> list[str]:
    """The lines of a header block at the very start; headers quoted further down say nothing."""
    lines: list[str] = []
    for line in text.splitlines()[:60]:
        if not _HEADER.match(line):
            break
        lines.append(line)
    return lines


@cache
def _labels() -> tuple[tuple[str, re.Pattern[str]], ...]:
    again = r"(?:(?:re|fw|fwd|aw|wg|tr|rv): ?){0,3}"
    return (
        ("automatic reply", re.compile(rf"{again}{_REPLY_LABEL}(?: ?:|$)")),
        ("delivery notice", re.compile(rf"{again}{_NOTICE_LABEL}(?: ?:|$)")),
    )


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None
