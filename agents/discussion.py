"""A group chat: specialists who speak in turn, and a moderator who says whose turn it is."""

from agents.leaving import may_not_be_published
from agents.spec import AgentSpec
from shared.collaboration import PARTICIPANTS as ROLES
from shared.collaboration import Contribution, Debate, Moderation

MODERATOR_PROMPT, PARTICIPANT_PROMPT = "moderator.md", "participant.md"


def check_moderation(moderation: Moderation, debate: Debate) -> str | None:
    """Refuse a ruling that neither ends the chat nor names somebody who can speak."""
    if moderation.settled or not debate.rounds_left:
        if not moderation.conclusion.strip():
            return "the chat ends here: the conclusion must not be empty"
    elif moderation.next_speaker not in debate.participants:
        return f"next_speaker must be one of {', '.join(debate.participants)}"
    return may_not_be_published((moderation.conclusion, moderation.why), debate, MODERATOR_PROMPT)


def check_contribution(contribution: Contribution, debate: Debate) -> str | None:
    if not contribution.text.strip():
        return "the text is empty"
    return may_not_be_published((contribution.text,), debate, PARTICIPANT_PROMPT)


MODERATOR = AgentSpec(name="moderator", answer=Moderation, prompt=MODERATOR_PROMPT, check=check_moderation)
PARTICIPANTS = {
    role: AgentSpec(
        name=f"{role}-participant", answer=Contribution, prompt=PARTICIPANT_PROMPT, check=check_contribution, role=role
    )
    for role in ROLES
}
