"""The folder of a cycle in Blob storage: its artifacts, and under `steps/` what was kept so as not to be done twice."""

from shared.errors import Permanent
from shared.model import Model
from shared.ports import Desk
from shared.watch_cycles import ARTIFACTS, artifact_path


async def kept[M: Model](cycle: str, name: str, kind: type[M], desk: Desk) -> M | None:
    """What stands in the folder under a name, None where there is no such thing yet."""
    try:
        return kind.model_validate_json(await desk.artifacts.read(artifact_path(cycle, name)))
    except Permanent:
        return None


async def keep(cycle: str, name: str, content: Model | str, desk: Desk) -> str:
    """Write it, over what a try before has written; gives the path."""
    path = artifact_path(cycle, name)
    text = content if isinstance(content, str) else content.model_dump_json(indent=2)
    await desk.artifacts.write(path, text.encode(), ARTIFACTS.get(name, "application/json"))
    return path


def step_name(step: str) -> str:
    return f"steps/{step}.json"
