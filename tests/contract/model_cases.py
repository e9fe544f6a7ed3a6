"""A ticket, a directory and settings that the tests of agents and models share."""

from shared.actions import ActionResult, DirectoryAction, Undone
from shared.archives import Archive
from shared.errors import Unavailable
from shared.settings import Settings, read
from shared.thinking import KnownIncident, Passage, Plan, Profile, Question, Recollection, ServiceState, Triage
from shared.visibility import Relation

LOCKED = Passage(
    article_id="account-locked-out",
    title="Account locked after too many sign-in attempts",
    section="Try this first",
    text="1. Wait 30 minutes without trying again.\n2. Look for a device that still holds the old password.",
    score=7.5,
)
TRIAGE = Triage(
    category="access_identity",
    type="incident",
    impact=3,
    urgency=2,
    complexity="simple",
    confidence=0.9,
    language="en",
    reasons=("The account is locked.",),
)
PLAN = Plan(
    outcome="answer",
    answer="Hello,\n\nThe account u-1001 will be unlocked.",
    actions=({"kind": "unlock_account", "user_id": "u-1001"},),  # pyright: ignore[reportArgumentType]
    confidence=0.8,
    reason="The account is locked.",
)
QUESTION = Question(
    ticket_id="t-1",
    subject="Account locked",
    text="My account is locked after too many sign-in attempts. Please unlock it.",
    requester_id="u-1001",
    recollection=Recollection(profile=Profile(id="u-1001", known=True, display_name="Ada"), passages=(LOCKED,)),
    triage=TRIAGE,
    draft=PLAN,
)


class SmallDirectory:
    """Knows two people and one service in trouble, and counts who asks."""

    def __init__(self) -> None:
        self.looked_up: list[str] = []
        self.states_read = 0

    async def profile(self, user_id: str, email: str | None = None) -> Profile:
        self.looked_up.append(user_id)
        return Profile(id=user_id, known=user_id in ("u-1001", "u-1002"))

    @property
    def directory(self) -> "SmallDirectory":
        """It stands for all that agents look things up in: there are no tickets."""
        return self

    @property
    def archive(self) -> Archive:
        raise Unavailable("archive", "there is none")

    tenant = "default"
    shield = None

    async def relation(self, asker_id: str, user_id: str) -> Relation:
        return "self" if asker_id == user_id else "stranger"

    async def incidents(self) -> tuple[KnownIncident, ...]:
        return (KnownIncident(id="KI-1", title="VPN gateway down", services=("vpn",)),)

    async def services(self) -> tuple[ServiceState, ...]:
        self.states_read += 1
        return (ServiceState(id="vpn", name="VPN gateway", status="outage", note="Being repaired."),)

    async def carry_out(self, action: DirectoryAction, key: str) -> ActionResult:
        raise AssertionError("an agent must not change anything")

    async def undo(self, key: str, by: str) -> Undone | None:
        raise AssertionError("an agent must not change anything")


def offline_settings() -> Settings:
    return read({})


def wire_settings(url: str, **changes: str) -> Settings:
    """Settings for the OpenAI wire at a URL; the key is a placeholder that no server checks."""
    base = {
        "MODEL_PROVIDER": "openai",
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "unused",
        "OPENAI_MODEL": "wire-model",
        "MODEL_TIMEOUT_S": "5",
        "MODEL_PRICES_USD": '{"wire-model": [2.0, 10.0]}',
    }
    return read(base | changes)
