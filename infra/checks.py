"""What can be known of infra/ without Azure and without a compiler: `python -m infra` is part of `make check`.

Each check takes the project's folder and returns its faults in words, so that a test can show each one failing on a
copy with a mistake in it.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

from infra import bicep, generated, reused, scripts, wiring
from shared.settings import SECTIONS, environment_names

type Check = Callable[[Path], list[str]]

GUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
INSTANCE_MEMORY_MB = (512, 2048, 4096)
MOST_INSTANCES = 1000
ALWAYS_READY = re.compile(r"http|durable|blob|function:[A-Za-z]\w*")
COSMOS_OWN_ROLE = "00000000-0000-0000-0000-000000000002"


def syntax(root: Path) -> list[str]:
    return [fault for path in bicep.files(root / "infra") for fault in bicep.errors(path)]


def api_versions(root: Path) -> list[str]:
    """Each resource type in the one version that known.json names for it."""
    known: dict[str, str] = _json(root / "infra" / "known.json")["apiVersions"]
    used = {resource.of for path in bicep.files(root / "infra") for resource in bicep.resources(path)}
    listed = {f"{name}@{version}" for name, version in known.items()}
    return [f"{kind}: not in known.json" for kind in sorted(used - listed)] + [
        f"{kind}: in known.json, and used by no file" for kind in sorted(listed - used)
    ]


def roles(root: Path) -> list[str]:
    """Roles are named in known.json alone, each with its reason, and each is given to somebody."""
    known: dict[str, dict[str, str]] = _json(root / "infra" / "known.json")["roles"]
    texts = {path.name: path.read_text(encoding="utf-8") for path in bicep.files(root / "infra")}
    everything = "\n".join(texts.values())
    faults = [
        f"{name}: the role {found} belongs into known.json"
        for name, source in texts.items()
        for found in GUID.findall(source)
        if found != COSMOS_OWN_ROLE
    ]
    faults += [f"known.json: {role} has no {field}" for role, facts in known.items()
               for field in ("id", "name", "why") if not facts.get(field)]  # fmt: skip
    faults += [f"known.json: {role} has an id that is none" for role, facts in known.items()
               if not GUID.fullmatch(facts.get("id", ""))]  # fmt: skip
    named = set(re.findall(r"\broles\.(\w+)\.id", everything))
    faults += [f"known.json: {role} is given to nobody" for role in known.keys() - named]
    return faults + [f"known.json: has no role {role}" for role in named - known.keys()]


def app_settings(root: Path) -> list[str]:
    """The app is given what the code reads and nothing else; what it is not given has a default or a reason."""
    given = bicep.keys_of_variables(root / "infra" / "modules" / "settings.bicep")
    known = _json(root / "infra" / "known.json")
    read_by_code = set(_settings_of_the_code())
    read_by_platform: dict[str, str] = known["platformSettings"]
    not_in_azure: dict[str, str] = known["settingsNotGiven"]
    everything = {name for names in given.values() for name in names}
    faults = [f"settings.bicep gives {name}, which nobody reads"
              for name in sorted(everything - read_by_code - read_by_platform.keys())]  # fmt: skip
    faults += [f"known.json: {name} is given by no file"
               for name in sorted(read_by_platform.keys() - everything)]  # fmt: skip
    for names, has_default in _settings_with_defaults():
        if not has_default and not everything & set(names) and not not_in_azure.keys() & set(names):
            faults.append(f"settings.bicep does not give {names[0]}, which has no default; known.json gives no reason")
    stale = [name for name in not_in_azure if name not in read_by_code or name in everything]
    return faults + [f"known.json: settingsNotGiven names {name} without need" for name in stale]


def azure_yaml(root: Path) -> list[str]:
    import yaml

    path = root / "azure.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    faults = _against(root / "infra" / "schemas" / "azure-yaml.json", content, path.name)
    scripts = [script["run"] for script in _dicts(content) if "run" in script]
    faults += [f"azure.yaml: there is no {script}" for script in scripts if not (root / script).is_file()]
    main = root / content["infra"]["path"] / f"{content['infra']['module']}.bicep"
    return faults + ([] if main.is_file() else [f"azure.yaml: there is no {main.name}"])


def host_json(root: Path) -> list[str]:
    return _against(root / "infra" / "schemas" / "host.json", _json(root / "host.json"), "host.json")


def parameters(root: Path) -> list[str]:
    """Every value that azd fills in is a parameter, and every size knows the same amounts."""
    infra = root / "infra"
    filled = set(_json(infra / "main.parameters.json")["parameters"])
    taken = bicep.parameters(infra / "main.bicep")
    faults = [f"main.parameters.json: main.bicep has no parameter {name}" for name in sorted(filled - taken)]
    sizes: dict[str, dict[str, Any]] = _json(infra / "sizes.json")
    keys = {key for amounts in sizes.values() for key in amounts}
    faults += [f"sizes.json: {size} says nothing of {key}" for size, amounts in sizes.items()
               for key in sorted(keys - amounts.keys())]  # fmt: skip
    used = set(re.findall(r"\bamount\.(\w+)", (infra / "desk.bicep").read_text(encoding="utf-8")))
    faults += [f"sizes.json: {key} is used by nobody" for key in sorted(keys - used)]
    return faults + [f"sizes.json: has no {key}" for key in sorted(used - keys)]


def hooks(root: Path) -> list[str]:
    return scripts.faults(root, _settings_of_the_code())


def policies(root: Path) -> list[str]:
    """API Management takes well-formed policies alone, and knows the values they name."""
    given = set(re.findall(r"\{ name: '([\w-]+)', value:", (root / "infra/modules/apim.bicep").read_text("utf-8")))
    faults: list[str] = []
    named: set[str] = set()
    for path in sorted((root / "infra").glob("apim-*.xml")):
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"\{\{([\w-]+)\}\}", text))
        try:
            ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            faults.append(f"{path.name}: {error}")
    faults += [f"apim.bicep has no value {name}, which a policy names" for name in sorted(named - given)]
    return faults + [f"apim.bicep: no policy names {name}" for name in sorted(given - named)]


def amounts(root: Path) -> list[str]:
    """What Flex Consumption takes for the size and number of instances."""
    faults: list[str] = []
    for size, amount in _json(root / "infra" / "sizes.json").items():
        if amount.get("instanceMemoryMB") not in INSTANCE_MEMORY_MB:
            faults.append(f"sizes.json: {size}: an instance has one of {INSTANCE_MEMORY_MB} MB")
        ready = {entry["name"]: entry["instanceCount"] for entry in amount.get("alwaysReady", ())}
        faults += [f"sizes.json: {size}: {name} is no group of functions" for name in ready
                   if not ALWAYS_READY.fullmatch(name)]  # fmt: skip
        if not sum(ready.values()) <= amount.get("maximumInstances", 0) <= MOST_INSTANCES:
            faults.append(f"sizes.json: {size}: from those that are always ready to {MOST_INSTANCES} instances")
    return faults


CHECKS: tuple[Check, ...] = (
    api_versions, roles, generated.faults, app_settings, azure_yaml, host_json, parameters,
    wiring.faults, reused.faults, policies, amounts, hooks,
)  # fmt: skip


def faults(root: Path) -> list[str]:
    """Those of syntax first: what cannot be read is not looked into."""
    return syntax(root) or [fault for check in CHECKS for fault in check(root)]


def _settings_of_the_code() -> Iterator[str]:
    for names, _ in _settings_with_defaults():
        yield from names


def _settings_with_defaults() -> Iterator[tuple[tuple[str, ...], bool]]:
    for section in SECTIONS:
        for attribute, field in section.model_fields.items():
            yield environment_names(section, attribute), field.default is not None


def _against(schema: Path, content: Any, name: str) -> list[str]:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(_json(schema))
    return [f"{name}: {error.json_path}: {error.message}" for error in validator.iter_errors(content)]


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield cast(dict[str, Any], value)
        for part in cast(dict[str, Any], value).values():
            yield from _dicts(part)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
