"""Finds the changes a ticket clearly asks for."""

import re

from adapters.offline_words import STOPS, fold
from shared.actions import AccountAction, AddToGroup, RequestSoftware, ResetPassword, UnlockAccount
from shared.thinking import Question

USER_ID = re.compile(r"\bu-\d{2,10}\b")
LOCKED = re.compile(
    r"\b(?:locked[\s-]?out|account (?:is |has been |got |was )?(?:now )?locked|locked (?:my |the "
    r")?account|unlock"
    r"|compte (?:est |a ete |reste )?(?:de nouveau )?(?:verrouille|bloque)|deverrouill\w*|debloquer "
    r"(?:mon|le) compte"
    r"|konto (?:ist |wurde |bleibt )?(?:wieder )?gesperrt|gesperrtes? konto|entsperr\w*"
    r"|cuenta (?:esta |ha sido )?(?:bloqueada)|desbloque\w*)"
)
SIGNING_IN = re.compile(r"\b(?:sign|log|password|passwor|connect|connex|anmeld|sesion)")
RESET = re.compile(
    r"\b(?:(?:reset|forgot|forgotten|lost|change|new)\b[^.!?\n]{0,30}\bpassword"
    r"|password[^.!?\n]{0,20}\b(?:reset|forgotten|expired)"
    r"|(?:reinitialis\w*|oublie)\b[^.!?\n]{0,30}\bmot de passe|mot de passe[^.!?\n]{0,20}\boublie"
    r"|(?:passwort|kennwort)[^.!?\n]{0,30}\b(?:zuruck\w*|vergessen)|(?:vergessen"
    r"|zurucksetz\w*)[^.!?\n]{0,30}\b(?:passwort|kennwort)"
    r"|(?:restablec\w*|olvid\w*|cambiar)\b[^.!?\n]{0,30}\bcontrasena)"
)
GROUP = re.compile(r"\b[a-z][a-z0-9]*(?:[-_][a-z0-9]+)+\b")
GROUP_ENDINGS = ("-share", "-group", "-team", "-users", "-admins", "-readers", "-editors")
ACCESS = re.compile(
    r"\b(?:access|add(?:ed)? (?:\S+ ){0,3}to|member of|permission|join|acces|ajout\w*|zugriff|zugang|aufnehmen|acceso"
    r"|anadi\w*)\b"
)
GROUP_NAMED = re.compile(
    r"\b(?P<before>[a-z][\w]*)[ -](?P<kind>share|group|team|folder)\b|\b(?:groupe|gruppe|grupo|group"
    r"|share)\s+[\"']?(?P<after>[a-z][\w-]*)"
)
ORDINARY = STOPS["en"] | {"shared", "network", "security", "user", "right", "same", "new", "old"}
PROPER_NAME = r"(?P<name>[A-Z][\w+#.-]*(?:\s[A-Z0-9][\w+#.-]*)*(?:\s(?:editor|reader|viewer|client|player)\b)?)"
SOFTWARE = re.compile(
    r"\b(?i:install(?:er|ieren|ed|ation\s+of)?|instalar|licen[cs]e\s+for|licence\s+pour|lizenz\s+für"
    r"|licencia\s+de)\s+"
    r"(?i:(?:me|us|an?|the|un|une|einen?|le\s+logiciel|die\s+software|software|logiciel)\s+)*" + PROPER_NAME
)
SOFTWARE_BEFORE_VERB = re.compile(PROPER_NAME + r"\s+(?:\w+\s+){0,3}(?:installier|installed)")


def person_concerned(question: Question, text: str) -> str:
    """The directory id of the one other person the ticket names, else the requester's."""
    others = {found for found in USER_ID.findall(text) if found != question.requester_id}
    return others.pop() if len(others) == 1 else question.requester_id


def actions_asked(question: Question, text: str) -> tuple[AccountAction, ...]:
    """Typed actions for what the text asks for, the likeliest first; nothing where it is not clear."""
    plain = fold(text)
    user_id = person_concerned(question, text)
    own_lock = user_id == question.requester_id and question.recollection.profile.locked
    about_account = question.triage is None or question.triage.category == "access_identity"
    found: list[AccountAction] = []
    if about_account and (LOCKED.search(plain) or (own_lock and SIGNING_IN.search(plain))):
        found.append(UnlockAccount(user_id=user_id))
    if RESET.search(plain) and about_account:
        found.append(ResetPassword(user_id=user_id))
    if group := _group_named(plain):
        found.append(AddToGroup(user_id=user_id, group=group))
    if not found and (software := _software_named(text)):
        found.append(RequestSoftware(user_id=user_id, software=software))
    return tuple(found)


def _group_named(plain: str) -> str | None:
    if not ACCESS.search(plain):
        return None
    if named := next((name for name in GROUP.findall(plain) if name.endswith(GROUP_ENDINGS)), None):
        return named
    for match in GROUP_NAMED.finditer(plain):
        name = match["before"] or match["after"]
        if name in ORDINARY:
            continue
        if match["kind"] in ("share", "folder"):
            return f"{name}-share"
        return f"{name}-{match['kind']}" if match["kind"] else name
    return None


def _software_named(text: str) -> str | None:
    match = SOFTWARE.search(text) or SOFTWARE_BEFORE_VERB.search(text)
    return match["name"].rstrip(".,;")[:100] if match else None
