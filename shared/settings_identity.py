"""Settings of who is let in, how often, and how a person may decide from a message."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.model import Model
from shared.principals import Role
from shared.setting_types import Count, FromJson, FromList, Limit, Positive, Section
from shared.settings_outside import SafeUrl

OFF = "off"
DEVELOPER = "developer"


class MachineKey(Model):
    """A machine caller: its key's SHA-256, which is no secret, and what it may do."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    roles: Annotated[frozenset[Role], Field(min_length=1)]


def _origin(value: str) -> str:
    return value.rstrip("/")


class IdentitySettings(Section):
    """Who is let in"""

    ENVIRONMENT_NAMES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "app_service_auth": ("WEBSITE_AUTH_ENABLED", "APP_SERVICE_AUTH"),
        "azure_site": ("WEBSITE_SITE_NAME", "WEBSITE_INSTANCE_ID", "WEBSITE_POD_NAME", "WEBSITE_SKU"),
        "host_environment": ("AZURE_FUNCTIONS_ENVIRONMENT",),
    }

    app_service_auth: bool = False
    """App Service Authentication stands in front and tells who calls; what Azure says of itself counts first. Without
    it a header that pretends so is refused, and only function keys open doors"""
    azure_site: str | None = None
    """set by Azure, never by hand: there is no development principal where it is"""
    host_environment: str = "Production"
    """`Development` on a laptop, set by its host"""
    dev_principal: str | None = None
    """on a laptop, who calls where nobody says who they are (`developer` by default, with every role); `off` for
    nobody. Refused in Azure"""
    requester_claim: str = "oid"
    """the claim that is a person's id as requester of tickets; choose none that people can change"""
    signed_in_roles: Annotated[frozenset[Role], FromList] = frozenset({"requester"})
    """what every person who signs in may do, beside the app roles assigned to them in Entra"""
    machine_keys: Annotated[Mapping[str, MachineKey], FromJson] = {}
    """machine callers by name: `{"servicenow": {"sha256": "...", "roles": ["operator"]}}`, the SHA-256 of the key that
    they send as `x-functions-key`"""
    function_key_roles: Annotated[frozenset[Role], FromList] = frozenset({"operator"})
    """what a function key that is not among them may do, where no sign-in stands in front and Azure checks keys"""

    @model_validator(mode="after")
    def _no_developer_in_azure(self) -> Self:
        if self.azure_site is not None and self.dev_principal not in (None, OFF):
            raise ValueError("DEV_PRINCIPAL must not be set in Azure: it opens every door to whoever calls")
        return self

    @property
    def developer(self) -> str | None:
        """Whoever calls a laptop that signs nobody in."""
        at_home = self.azure_site is None and self.host_environment == "Development" and not self.app_service_auth
        return (self.dev_principal or DEVELOPER) if at_home and self.dev_principal != OFF else None

    @property
    def azure_checks_keys(self) -> bool:
        return self.azure_site is not None and not self.app_service_auth

    def machine_of(self, key: str) -> str | None:
        """The machine whose key it is; every listed one is compared, so that time tells nothing."""
        digest = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
        found = [name for name, known in self.machine_keys.items() if hmac.compare_digest(known.sha256, digest)]
        return found[0] if found else None


class DoorSettings(Section):
    """Limits of the doors"""

    calls_per_minute: Limit = 600
    """of one person, over all instances; 0 is no limit. A laptop's developer has none"""
    machine_calls_per_minute: Limit = 6_000
    """the same of one machine, which may speak for many people"""
    calls_burst: Count = 120
    """how many of them at once"""
    unknown_calls_per_minute: Limit = 60
    """of one address that does not say who calls: the health report, approval links, failed sign-ins"""


class ApprovalLinkSettings(Section):
    """Approval links"""

    approval_link_secret: Annotated[str, StringConstraints(min_length=32)] | None = None
    """the key that links are signed with, at least 32 characters; with it and `PUBLIC_BASE_URL` notifications about a
    ticket that waits for a person carry links to approve or reject"""
    public_base_url: Annotated[SafeUrl, AfterValidator(_origin)] | None = None
    """where people reach the desk, as in `https://desk.example.com`"""
    approval_link_expires_s: Annotated[Positive, Field(le=6 * 24 * 3600)] = 86400
    """how long a link can be used"""
    approvers: Annotated[Mapping[str, tuple[str, ...]], FromJson] = {}
    """who decides for a team: `{"service-desk": ["ada@example.com"]}`; each gets links of their own, also where a
    ticket is assigned to them by name, and nobody else does"""

    def needs(self) -> Mapping[str, tuple[str, ...]]:
        return {"APPROVAL_LINK_SECRET is set": ("public_base_url",)} if self.approval_link_secret else {}
