"""Each check of infra/ fails on the mistake that it is there for."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra import checkov, checks

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "infra", tmp_path / "infra")
    (tmp_path / "docs").mkdir()
    for name in ("azure.yaml", "host.json", "docs/telemetry.md", "docs/deploy.md", "setup.sh"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def in_text(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        path = root / name
        before = path.read_text()
        assert old in before
        path.write_text(before.replace(old, new, 1))

    return change


def in_json(name: str, change: Callable[[Any], object]) -> Callable[[Path], None]:
    def changed(root: Path) -> None:
        path = root / name
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return changed


MISTAKES = {
    "a brace is missing": (in_text("infra/modules/identity.bicep", "tags: tags\n}", "tags: tags\n"), "cannot be read"),
    "another version of a type": (
        in_text("infra/modules/search.bicep", "searchServices@2025-05-01", "searchServices@2020-08-01"),
        "searchServices@2020-08-01: not in known.json",
    ),
    "a version that nobody uses": (
        in_json("infra/known.json", lambda known: known["apiVersions"].update({"Microsoft.Foo/bars": "2020-01-01"})),
        "Microsoft.Foo/bars@2020-01-01: in known.json, and used by no file",
    ),
    "a role by its number": (
        in_text(
            "infra/modules/topic-desk.bicep", "roles.eventGridDataSender.id", "'8e3af657-a8ff-443c-a75c-2fe8c4bcb635'"
        ),
        "belongs into known.json",
    ),
    "a role that nobody gets": (
        in_json(
            "infra/known.json",
            lambda known: known["roles"].update(
                owner={"id": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "name": "Owner", "why": "because"}
            ),
        ),
        "owner is given to nobody",
    ),
    "a role without a reason": (
        in_json("infra/known.json", lambda known: known["roles"]["eventGridDataSender"].pop("why")),
        "eventGridDataSender has no why",
    ),
    "a subscriber less": (
        in_json("infra/topology.json", lambda topology: topology["subscribers"].pop()),
        "infra/topology.json is not what the code needs",
    ),
    "an alert at another level": (
        in_text("infra/alert-rules.json", "value >= 600", "value >= 6000"),
        "infra/alert-rules.json is not what the code needs",
    ),
    "a query changed in the document alone": (
        in_text("docs/telemetry.md", "percentile(duration, 95)", "percentile(duration, 99)"),
        "infra/workbook.json is not what the code needs",
    ),
    "a container less": (
        in_json("infra/cosmos.json", lambda cosmos: cosmos["containers"].pop()),
        "infra/cosmos.json is not what the code needs",
    ),
    "a partition key that the code does not write": (
        in_text("infra/cosmos.json", "/pk", "/tenant"),
        "infra/cosmos.json is not what the code needs",
    ),
    "a setting that nobody reads": (
        in_text("infra/modules/settings.bicep", "REDIS_URL:", "REDIS_URI:"),
        "gives REDIS_URI, which nobody reads",
    ),
    "a setting that is not given": (
        in_text("infra/modules/settings.bicep", "  REDIS_URL: redisUrl\n", ""),
        "does not give REDIS_URL",
    ),
    "a reason for a setting that is given": (
        in_json("infra/known.json", lambda known: known["settingsNotGiven"].update(REDIS_URL="not needed")),
        "settingsNotGiven names REDIS_URL without need",
    ),
    "a host that azd does not know": (in_text("azure.yaml", "host: function", "host: lambda"), "'lambda'"),
    "a hook without a script": (
        in_text("azure.yaml", "infra/hooks/prepackage.sh", "infra/hooks/missing.sh"),
        "there is no infra/hooks/missing.sh",
    ),
    "a hook for a moment that there is not": (
        in_text("azure.yaml", "postprovision:", "postprovisioned:"),
        "'postprovisioned' does not match",
    ),
    "an image for a service that is no container": (
        in_text("azure.yaml", "    language: py", "    language: py\n    image: desk"),
        "'image' was unexpected",
    ),
    "sessions that only .NET has": (
        in_json("host.json", lambda host: host["extensions"]["durableTask"].update(extendedSessionsEnabled=True)),
        "extendedSessionsEnabled: False was expected",
    ),
    "a misspelt part of host.json": (
        in_json("host.json", lambda host: host["extensions"].update(queue=host["extensions"].pop("queues"))),
        "'queue' was unexpected",
    ),
    "a time that is none": (in_text("host.json", "00:10:00", "10 minutes"), "10 minutes"),
    "a value for no parameter": (
        in_text("infra/main.parameters.json", '"size"', '"sizes"'),
        "main.bicep has no parameter sizes",
    ),
    "a parameter that is not passed on": (
        in_text("infra/main.bicep", "    existingIds: existingIds\n", ""),
        "main.bicep: desk is not given existingIds",
    ),
    "a parameter that a module does not take": (
        in_text("infra/desk.bicep", "    expiringPrefixes: topology", "    prefixes: topology"),
        "desk.bicep: storage has no parameter prefixes",
    ),
    "an output that a module does not give": (
        in_text("infra/desk.bicep", "deskRedis.outputs.url", "deskRedis.outputs.address"),
        "desk.bicep: deskRedis has no output address",
    ),
    "an id that azd does not ask for": (
        in_json("infra/main.parameters.json", lambda file: file["parameters"]["existingIds"]["value"].pop("redis")),
        "main.parameters.json: existingIds has no redis",
    ),
    "an id that nobody uses": (
        in_text("infra/main.parameters.json", '"redis":', '"cache":'),
        "desk.bicep: nobody asks for the id of cache",
    ),
    "an id that no page tells of": (
        in_text("docs/deploy.md", "HELPDESK_REDIS_ID", "HELPDESK_CACHE_ID"),
        "docs/deploy.md does not tell of HELPDESK_REDIS_ID",
    ),
    "a new one beside what is there": (
        in_text("infra/desk.bicep", "= if (empty(reused.redis)) {", "= {"),
        "desk.bicep: not one module makes redis where no id is given",
    ),
    "a right in what is not made yet": (
        in_text("infra/desk.bicep", "  dependsOn: [\n    redis\n  ]\n", ""),
        "desk.bicep: no module goes into redis after it was made",
    ),
    "a right in new ones only": (
        in_text(
            "infra/modules/storage.bicep",
            "resource lifecycle ",
            "resource right 'Microsoft.Authorization/roleAssignments@2022-04-01' = {\n}\n\nresource lifecycle ",
        ),
        "storage.bicep: right gives a right to new ones only",
    ),
    "no right in what is there": (
        in_text(
            "infra/modules/redis-desk.bicep",
            "accessPolicyAssignments@2025-07-01' = {",
            "accessPolicyAssignments@2025-07-01' existing = {",
        ),
        "desk.bicep: no module gives the desk a right in redis",
    ),
    "the soft delete of somebody else's account overwritten": (
        in_text(
            "infra/modules/storage-desk.bicep", "blobServices@2024-01-01' existing = {", "blobServices@2024-01-01' = {"
        ),
        "storage-desk.bicep: blobs would overwrite what there is one of",
    ),
    "an account made where another's is": (
        in_text(
            "infra/modules/redis-desk.bicep",
            "redisEnterprise@2025-07-01' existing = {",
            "redisEnterprise@2025-07-01' = {",
        ),
        "redis-desk.bicep: cluster would be made in somebody else's group",
    ),
    "a size that says less": (
        in_json("infra/sizes.json", lambda sizes: sizes["prod"].pop("redisSku")),
        "prod says nothing of redisSku",
    ),
    "a policy that ends too early": (
        in_text("infra/apim-desk.xml", "</policies>", ""),
        "apim-desk.xml: no element found",
    ),
    "a policy's value that nobody gives": (
        in_text("infra/apim-models.xml", "{{tokens-per-minute}}", "{{token-limit}}"),
        "apim.bicep has no value token-limit, which a policy names",
    ),
    "an instance of a size there is not": (
        in_json("infra/sizes.json", lambda sizes: sizes["dev"].update(instanceMemoryMB=1024)),
        "dev: an instance has one of (512, 2048, 4096) MB",
    ),
    "a group of functions there is not": (
        in_json(
            "infra/sizes.json", lambda sizes: sizes["prod"].update(alwaysReady=[{"name": "queue", "instanceCount": 1}])
        ),
        "prod: queue is no group of functions",
    ),
    "fewer instances than are always ready": (
        in_json("infra/sizes.json", lambda sizes: sizes["prod"].update(maximumInstances=0)),
        "prod: from those that are always ready to 1000 instances",
    ),
    "a hook that word splitting breaks": (
        in_text("infra/hooks/prepackage.sh", 'cd "$(dirname "$0")/../.."', "cd $(dirname $0)/../.."),
        "SC2046",
    ),
    "a hook for Windows that does not close a bracket": (
        in_text("infra/hooks/postprovision.ps1", "($name)) {", "($name) {"),
        "postprovision.ps1: cannot be read",
    ),
    "a step for one shell only": (
        in_text("infra/hooks/prepackage.ps1", "& $python tests/requirements_in_step.py\n", ""),
        "prepackage.ps1 runs",
    ),
    "a setting that one shell does not ask for": (
        in_text("infra/hooks/postprovision.ps1", "        'EMBEDDING_MODEL'\n", ""),
        "postprovision.ps1 asks for",
    ),
    "an output that a hook misses": (
        in_text("infra/main.bicep", "output EMBEDDING_MODEL", "output EMBEDDINGS"),
        "main.bicep has no output EMBEDDING_MODEL, which postprovision asks for",
    ),
    "an output that no hook reads": (
        in_text("infra/main.bicep", "output DESK_URL string", "output REDIS_URL string"),
        "main.bicep gives REDIS_URL, which postprovision does not ask for",
    ),
}


def test_the_infrastructure_has_no_fault_that_can_be_seen_from_here():
    assert checks.faults(ROOT) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(copy: Path, mistake: str):
    make, expected = MISTAKES[mistake]
    make(copy)
    assert any(expected in fault for fault in checks.faults(copy)), checks.faults(copy)


def test_what_azd_and_the_host_know_besides_is_not_refused(copy: Path):
    with (copy / "azure.yaml").open("a") as file:
        file.write("requiredVersions: {azd: '>= 1.20.0'}\nworkflows: {up: [{azd: provision}, {azd: deploy --all}]}\n")
    in_json("host.json", lambda host: host["extensions"]["durableTask"].update(storageProvider={"partitionCount": 8}))(
        copy
    )
    assert checks.azure_yaml(copy) + checks.host_json(copy) == []


def report(failed: list[dict[str, str]], **summary: int) -> dict[str, Any]:
    return {"summary": {"parsing_errors": 0, "resource_count": 7} | summary, "results": {"failed_checks": failed}}


OPEN = {"check_id": "CKV_AZURE_35", "check_name": "deny by default", "file_path": "/modules/storage.bicep"}


@pytest.mark.parametrize("unread", [{"parsing_errors": 1}, {"resource_count": 0}])
def test_a_file_that_checkov_did_not_read_is_a_fault(unread: dict[str, int]):
    assert "has not read every file" in checkov.judged(report([], **unread), {})[0]


def test_a_finding_counts_unless_it_was_accepted_there_and_with_a_reason():
    accepted = {"CKV_AZURE_35": {"files": ["modules/storage.bicep"], "why": "identities only"}}
    assert checkov.judged(report([OPEN]), accepted) == []
    assert checkov.judged(report([OPEN]), {}) == ["modules/storage.bicep: CKV_AZURE_35 deny by default"]
    elsewhere = OPEN | {"file_path": "/modules/other.bicep"}
    assert "modules/other.bicep: CKV_AZURE_35 deny by default" in checkov.judged(report([elsewhere]), accepted)
    assert checkov.judged(report([OPEN]), {"CKV_AZURE_35": accepted["CKV_AZURE_35"] | {"why": ""}}) == [
        "accepted.json: CKV_AZURE_35 has no reason"
    ]


def test_what_was_accepted_and_no_longer_fails_is_taken_out():
    accepted = {"CKV_AZURE_35": {"files": ["modules/storage.bicep"], "why": "identities only"}}
    assert checkov.judged(report([]), accepted) == [
        "accepted.json: CKV_AZURE_35 no longer fails in modules/storage.bicep"
    ]


def test_checkov_really_reads_the_files_and_finds_an_open_account(copy: Path):
    """The real tool, on a copy in which keys are allowed again."""
    in_text("infra/modules/storage.bicep", "minimumTlsVersion: 'TLS1_2'", "minimumTlsVersion: 'TLS1_0'")(copy)
    only = copy / "only"
    only.mkdir()
    shutil.copy(copy / "infra" / "modules" / "storage.bicep", only / "storage.bicep")
    (only / "accepted.json").write_text("{}")
    faults = checkov.faults(ROOT, only)
    assert any("CKV_AZURE_44" in fault for fault in faults), faults
