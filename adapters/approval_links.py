"""Approval links as JSON Web Tokens, signed with the desk's own key."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from shared.approval_links import ASKING, OFFERED, ApprovalLink, Grant, LinkDecision, LinkRefused
from shared.events import Notification

ALGORITHM = "HS256"
AUDIENCE = "helpdesk-approval"
LONGEST_TOKEN = 4_096
_CLAIMS = {
    "jti": "id", "sub": "person", "exp": "expires_at", "ticket": "ticket_id", "escalation": "escalation_id",
    "actions": "action_hash", "decision": "decision",
}  # fmt: skip
_OURS = {"iss", "aud", *_CLAIMS}


class SignedApprovalLinks:
    """Implements the ApprovalLinks port. All of a link follows from its notification, so that a repeat is the same."""

    def __init__(self, secret: str, base_url: str, lifetime: timedelta, approvers: Mapping[str, Sequence[str]]):
        self._secret, self._base_url, self._lifetime, self._approvers = secret, base_url, lifetime, approvers

    def offers(self, notification: Notification) -> tuple[ApprovalLink, ...]:
        escalation_id, action_hash = notification.escalation_id, notification.action_hash
        if notification.event not in ASKING or escalation_id is None or action_hash is None:
            return ()
        expires_at = (notification.at + self._lifetime).replace(microsecond=0)
        grants = [
            Grant(
                id=uuid.uuid5(uuid.NAMESPACE_URL, f"{notification.id}\n{person}\n{decision}").hex,
                ticket_id=notification.ticket_id,
                escalation_id=escalation_id,
                action_hash=action_hash,
                decision=decision,
                person=person,
                expires_at=expires_at,
            )
            for person in self._people(notification.to)
            for decision in OFFERED
        ]
        return tuple(self._link(grant) for grant in grants)

    def _people(self, to: str) -> Sequence[str]:
        """A team's people, or one of them. Nobody else: an operator assigns a ticket to whomever they like."""
        if to in self._approvers:
            return self._approvers[to]
        return [to] if any(to in people for people in self._approvers.values()) else []

    def _link(self, grant: Grant) -> ApprovalLink:
        import jwt

        given = grant.model_dump()
        claims: dict[str, Any] = {claim: given[field] for claim, field in _CLAIMS.items()}
        token = jwt.encode(claims | {"iss": self._base_url, "aud": AUDIENCE}, self._secret, ALGORITHM)
        url = f"{self._base_url}/api/approval?{urlencode({'link': token})}"
        decision: LinkDecision = grant.decision
        return ApprovalLink(person=grant.person, decision=decision, url=url, expires_at=grant.expires_at)

    def read(self, token: str) -> Grant:
        import jwt

        if len(token) > LONGEST_TOKEN:
            raise LinkRefused("the link is too long")
        try:
            # When it expires is judged by whoever asks, who also has to say whose expired link it was.
            claims = jwt.decode(
                token, self._secret, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=self._base_url,
                options={"require": [*_OURS], "verify_exp": False},
            )  # fmt: skip
            return Grant.model_validate({field: claims[claim] for claim, field in _CLAIMS.items()})
        except (jwt.InvalidTokenError, ValueError) as error:
            raise LinkRefused("the link was altered, or was not made here") from error
