"""A group chat: specialists who speak in turn, and a moderator who says whose turn it is."""

from agents.spec import AgentSpec
from shared.collaboration import PARTICIPANTS as ROLES
from shared.collaboration import Contribution, Debate, Moderation


def check_moderation(moderation: Moderation, debate: Debate) -> str | None:
    """Refuse a ruling that neither ends the chat nor names somebody who can speak."""
    if moderation.settled or not debate.rounds_left:
        return None if moderation.conclusion.strip() else "the chat ends here: the conclusion must not be empty"
    if moderation.next_speaker not in debate.participants:
        return f"next_speaker must be one of {', '.join(debate.participants)}"
    return None


def check_contribution(contribution: Contribution, _debate: Debate) -> str | None:
    return None if contribution.text.strip() else "the text is empty"


MODERATOR = AgentSpec(name="moderator", answer=Moderation, prompt="moderator.md", check=check_moderation)
PARTICIPANTS = {
    role: AgentSpec(
        name=f"{role}-participant", answer=Contribution, prompt="participant.md", check=check_contribution, role=role
    )
    for role in ROLES
}
