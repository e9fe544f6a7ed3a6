"""Words that claim or promise a change, held against the changes that a plan really contains.

While a plan is written nothing has been done, so that any claim that something was is untrue; a promise needs the
action that keeps it. English, French, German, Spanish and Italian; first person and passive only, since "you can
reset it" promises nothing.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from shared.actions import Action

_GAP = r"[^.!?\n]{0,60}?"

_DONE = {
    "reset_password": r"reset|réinitialisé|zurückgesetzt|restablecid[oa]|restablecí|reimpostat[oa]",
    "unlock_account": r"unlocked|déverrouillé|débloqué|entsperrt|freigeschaltet|desbloquead[oa]|sbloccat[oa]",
    "add_to_group": r"added|granted|ajouté|accordé|hinzugefügt|aufgenommen|añadid[oa]|agregad[oa]|concedid[oa]"
    r"|aggiunt[oa]",
    "request_software": r"ordered|installed|commandé|installé|bestellt|installiert|pedid[oa]|instalad[oa]|ordinat[oa]"
    r"|installat[oa]",
    "other": r"deleted|disabled|refunded|escalated to your manager|supprimé|désactivé|remboursé|gelöscht|deaktiviert"
    r"|erstattet|borrad[oa]|eliminad[oa]|reembolsad[oa]|cancellat[oa]|disattivat[oa]|rimborsat[oa]",
}
_DO = {
    "reset_password": r"reset|réinitialiser\w*|zurücksetzen|restablecer\w*|reimpost\w+",
    "unlock_account": r"unlock|déverrouiller\w*|débloquer\w*|entsperren|freischalten|desbloquear\w*|sblocc\w+",
    "add_to_group": r"add (?:you|him|her|them)|grant|ajouter\w*|accorder\w*|hinzufügen|aufnehmen|añadir\w*|agregar\w*"
    r"|conceder\w*|aggiung\w+",
    "request_software": r"order|install|commander\w*|installer\w*|bestellen|installieren|pedir\w*|instalar\w*"
    r"|ordiner\w+|installer\w+",
    "other": r"delete|refund|call you|visit you|send (?:a technician|someone)|supprimer\w*|rembourser\w*|appeler\w*"
    r"|löschen|erstatten|anrufen|borrar\w*|reembolsar\w*|llamar\w*|rimborser\w+|chiamer\w+",
}
_HAS_DONE = (
    r"\b(?:I|we)(?:'ve| have|'ve just)?(?: \w+){0,2}? |\b(?:has|have) (?:now |already |just )?been |\bis now |\bwas "
    r"|\b(?:j'ai|nous avons|on a) |\ba (?:bien )?été |\bont été "
    r"|\b(?:ich habe|wir haben|wurde|wurden|ist jetzt|ist nun) "
    r"|\b(?:he|hemos|ha sido|han sido) |\b(?:ho|abbiamo|è stat[oa]|sono stat[ei]) "
)
_WILL_DO = (
    r"\b(?:I|we)(?:'ll| will| shall| am going to| are going to) |\bwill (?:now )?be "
    r"|\b(?:je vais|nous allons|on va) |\b(?:je|nous) (?=\w+(?:rai|rons)\b)"
    r"|\b(?:ich werde|wir werden) |\b(?:voy a|vamos a) |\b(?:sto per|stiamo per) "
)


def broken_promises(answer: str, actions: Sequence[Action]) -> Iterator[str]:
    """Say which claims and promises the plan does not keep."""
    planned = {str(action.kind) for action in actions}
    for kind, claims, promises in _patterns():
        if claims.search(answer):
            yield f"the answer says that something has been done ({kind}), and nothing has yet"
        if kind not in planned and promises.search(answer):
            yield f"the answer promises what the plan does not contain ({kind})"


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    return tuple(
        (
            kind,
            re.compile(rf"(?i)(?:{_HAS_DONE}){_GAP}\b(?:{done})\b"),
            re.compile(rf"(?i)(?:{_WILL_DO}){_GAP}\b(?:{_DO[kind]}|{done})\b"),
        )
        for kind, done in _DONE.items()
    )
