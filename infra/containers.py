"""infra/cosmos.json: the containers that the code keeps its items in, for the Bicep files to read."""

import json

from adapters.cosmos_containers import CONTAINERS, DESK

FILE = "cosmos.json"


def wanted() -> str:
    """In `changeable` the app may do what it likes; in the others it may read and add."""
    return json.dumps({"changeable": DESK, "containers": CONTAINERS}, indent=2) + "\n"
