"""infra/topology.json: the queues, containers and subscriptions that the code needs, for the Bicep files to read."""

import json
from typing import Any

from shared.topology import SUBSCRIBERS, Subscriber, queues

FILE = "topology.json"
LONGEST_IN_QUEUE_S = 7 * 24 * 3600
LONGEST_ON_THE_WAY_MIN = 24 * 60
"""The most that Event Grid tries to deliver for."""

ARTIFACTS, DEPLOYMENTS, UNDELIVERED = "desk", "deployments", "undelivered"
EXPIRING = (f"{ARTIFACTS}/tasks/", f"{ARTIFACTS}/batches/")
"""Results and raw input; what people approved or the watch wrote stays."""


def wanted() -> str:
    topology = {
        "queues": list(queues()),
        "containers": [ARTIFACTS, DEPLOYMENTS, UNDELIVERED],
        "deploymentContainer": DEPLOYMENTS,
        "undeliveredContainer": UNDELIVERED,
        "expiringPrefixes": list(EXPIRING),
        "subscribers": [_subscription(subscriber) for subscriber in SUBSCRIBERS],
    }
    return json.dumps(topology, indent=2) + "\n"


def _subscription(subscriber: Subscriber) -> dict[str, Any]:
    """A name that ends in a dot stands for all that begin so; Event Grid has an operator for each way."""
    prefixes = [kind for kind in subscriber.types if kind.endswith(".")]
    if prefixes and len(prefixes) != len(subscriber.types):
        raise ValueError(f"{subscriber.name}: one filter cannot hold both whole names and beginnings of names")
    life_s = int(subscriber.expires_after.total_seconds()) if subscriber.expires_after else LONGEST_IN_QUEUE_S
    return {
        "name": subscriber.name,
        "queue": subscriber.queue,
        "operator": "StringBeginsWith" if prefixes else "StringIn",
        "types": list(subscriber.types),
        "timeToLiveSeconds": life_s,
        "eventTimeToLiveMinutes": min(life_s // 60, LONGEST_ON_THE_WAY_MIN),
    }
