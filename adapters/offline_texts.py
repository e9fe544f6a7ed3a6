"""The sentences around an extracted answer, in the languages the desk greets in."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.actions import AccountAction, AddToGroup, RequestSoftware
from shared.thinking import ServiceState


@dataclass(frozen=True)
class Frame:
    """Texts of one language; `actions` are promises by kind of action, filled with its fields."""

    greeting: str
    closing: str
    found: str
    outage: str
    ask: str
    meanwhile: str
    unverified: str
    remembered: str
    actions: Mapping[str, str]


FRAMES: Mapping[str, Frame] = {
    "en": Frame(
        greeting="Hello,",
        closing="If this does not help, reply to this message and we will look further.",
        found="This should help with your request:",
        outage="We know of a disturbance that matches: {name} ({status}). {note} {incident}",
        ask="Which device or application is it about, what did you want to do, and what exactly happens instead?",
        meanwhile="Your request has been handed to a colleague.",
        unverified="We do not know the person this concerns. Which directory id, such as u-1001, is it about?",
        remembered="As you told us before: {fact}",
        actions={
            "unlock_account": "The account {user_id} will be unlocked.",
            "reset_password": "The password reset of {user_id} by the address on file will be started.",
            "add_to_group": "{user_id} will be added to the group {group} once this is approved.",
            "request_software": "{software} will be requested for {user_id}.",
        },
    ),
    "fr": Frame(
        greeting="Bonjour,",
        closing="Si cela ne suffit pas, répondez à ce message et nous chercherons plus loin.",
        found="Voici ce qui devrait vous aider :",
        outage="Une perturbation connue correspond à votre demande : {name} ({status}). {note} {incident}",
        ask="De quel appareil ou de quelle application s'agit-il, que vouliez-vous faire, et que se passe-t-il ?",
        meanwhile="Votre demande a été transmise à un collègue.",
        unverified="Nous ne connaissons pas cette personne. Quel est son identifiant, par exemple u-1001 ?",
        remembered="Comme vous nous l'aviez dit : {fact}",
        actions={
            "unlock_account": "Le compte {user_id} sera déverrouillé.",
            "reset_password": "La réinitialisation du mot de passe de {user_id} par l'adresse connue sera lancée.",
            "add_to_group": "{user_id} sera ajouté au groupe {group} après approbation.",
            "request_software": "{software} sera demandé pour {user_id}.",
        },
    ),
    "de": Frame(
        greeting="Guten Tag,",
        closing="Falls das nicht hilft, antworten Sie auf diese Nachricht, dann suchen wir weiter.",
        found="Das sollte bei Ihrem Anliegen helfen:",
        outage="Eine bekannte Störung passt dazu: {name} ({status}). {note} {incident}",
        ask="Um welches Gerät oder Programm geht es, was wollten Sie tun, und was geschieht stattdessen?",
        meanwhile="Ihr Anliegen wurde an eine Kollegin oder einen Kollegen weitergegeben.",
        unverified="Wir kennen die betroffene Person nicht. Wie lautet ihre Kennung, zum Beispiel u-1001?",
        remembered="Wie Sie uns früher gesagt haben: {fact}",
        actions={
            "unlock_account": "Das Konto {user_id} wird entsperrt.",
            "reset_password": "Das Passwort von {user_id} wird über die hinterlegte Adresse zurückgesetzt werden.",
            "add_to_group": "{user_id} wird nach Freigabe in die Gruppe {group} aufgenommen.",
            "request_software": "{software} wird für {user_id} angefordert.",
        },
    ),
    "es": Frame(
        greeting="Hola:",
        closing="Si esto no ayuda, responda a este mensaje y seguiremos buscando.",
        found="Esto debería ayudarle con su solicitud:",
        outage="Hay una incidencia conocida que coincide: {name} ({status}). {note} {incident}",
        ask="¿De qué dispositivo o aplicación se trata, qué quería hacer y qué ocurre en su lugar?",
        meanwhile="Su solicitud se ha pasado a un compañero.",
        unverified="No conocemos a la persona afectada. ¿Cuál es su identificador, por ejemplo u-1001?",
        remembered="Como nos dijo antes: {fact}",
        actions={
            "unlock_account": "La cuenta {user_id} será desbloqueada.",
            "reset_password": "Se restablecerá la contraseña de {user_id} por la dirección registrada.",
            "add_to_group": "{user_id} se añadirá al grupo {group} cuando se apruebe.",
            "request_software": "Se solicitará {software} para {user_id}.",
        },
    ),
}


def frame_for(language: str) -> Frame:
    """The frame of a language; English for a language without one."""
    return FRAMES.get(language, FRAMES["en"])


def framed_language(answer: str) -> str | None:
    """The language whose greeting an answer opens with, or None."""
    return next((code for code, frame in FRAMES.items() if answer.startswith(frame.greeting)), None)


def known_trouble(state: ServiceState, frame: Frame) -> str:
    """One sentence about a service in trouble, and the known incident where there is one."""
    incident = state.known_incident or ""
    return frame.outage.format(name=state.name, status=state.status, note=state.note, incident=incident).strip()


def promise(action: AccountAction, frame: Frame) -> str:
    """One sentence about what will be done, never that it was."""
    group = action.group if isinstance(action, AddToGroup) else ""
    software = action.software if isinstance(action, RequestSoftware) else ""
    return frame.actions[action.kind].format(user_id=action.user_id, group=group, software=software)
