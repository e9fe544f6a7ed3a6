"""What the desk is made of may be used, is all in its bill, and nothing unknown counts as clean."""

import json
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from typing import Any

import pytest

from delivery import bill, parts, vulnerabilities
from delivery.parts import Part

ROOT = Path(__file__).parents[2]
RULES = json.loads((ROOT / "delivery" / "licences.json").read_text())


def package(folder: Path, *lines: str) -> Distribution:
    home = folder / "some-1.0.dist-info"
    home.mkdir()
    (home / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", "Name: some", "Version: 1.0", *lines]) + "\n")
    return PathDistribution(home)


def test_every_part_of_the_product_has_a_licence_that_is_allowed_or_accepted():
    found = parts.parts(ROOT)
    assert {"azure-functions", "durabletask", "preact"} <= {part.name for part in found}
    assert "pytest" not in {part.name for part in found}
    assert parts.faults(found, RULES) == []


def test_another_licence_is_named_and_an_acceptance_that_nothing_needs_too():
    rules: dict[str, Any] = {"allowed": ["MIT"], "accepted": {"accepted": {}, "gone": {}}}
    found = [Part("pypi", name, "1.0", licence) for name, licence in
             (("free", "MIT"), ("accepted", "MPL-2.0"), ("strict", "GPL-3.0-only"), ("silent", "unknown"))]  # fmt: skip
    assert parts.faults(found, rules) == [
        "strict 1.0: GPL-3.0-only, see delivery/licences.json",
        "silent 1.0: unknown, see delivery/licences.json",
        "gone: accepted, and nothing asks for it",
    ]


@pytest.mark.parametrize(
    ("expression", "is_allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("(MPL-2.0 OR Apache-2.0)", True),
        ("MIT AND (GPL-3.0-only OR Apache-2.0)", True),
        ("MIT AND (GPL-3.0-only AND Apache-2.0)", False),
        ("allowed", False),
        ("", False),
    ],
)
def test_alternatives_and_what_applies_together(expression: str, is_allowed: bool):
    assert parts.is_allowed(expression, {"MIT", "Apache-2.0"}) is is_allowed


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: MIT OR Apache-2.0"], "MIT OR Apache-2.0"),
        (["License: mit"], "MIT"),
        (["Classifier: License :: OSI Approved :: Apache Software License"], "Apache-2.0"),
        (["License: Our own terms", "Classifier: Programming Language :: Python"], "Our own terms"),
        (["Classifier: License :: Other/Proprietary License"], "Other/Proprietary License"),
        ([], "unknown"),
    ],
)
def test_what_a_package_declares(tmp_path: Path, lines: list[str], licence: str):
    assert parts.licence_of(package(tmp_path, *lines)) == licence


def test_a_lock_that_is_not_what_is_installed_is_refused(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text("pydantic==0.0.1 \\\n    --hash=sha256:00\n")
    with pytest.raises(LookupError, match=r"locked as 0\.0\.1"):
        parts.parts(tmp_path)


def test_the_bill_holds_what_is_deployed_and_nothing_else():
    everything: dict[str, Any] = {
        "metadata": {"component": {"bom-ref": "root"}},
        "components": [{"bom-ref": name, "name": name} for name in ("Some_Package", "pytest")],
        "dependencies": [{"ref": "root", "dependsOn": ["Some_Package", "pytest"]}, {"ref": "pytest"}],
    }
    deployed = [Part("pypi", "some-package", "1.0", "MIT"), Part("npm", "preact", "11.2.0", "MIT")]
    made = bill.bill_of(everything, deployed)
    assert [component["name"] for component in made["components"]] == ["Some_Package", "preact"]
    assert made["dependencies"] == [{"ref": "root", "dependsOn": ["Some_Package"]}]
    with pytest.raises(LookupError, match="missing"):
        bill.bill_of(everything, [Part("pypi", "missing", "1.0", "MIT")])


def test_known_vulnerabilities_are_named():
    found = {"name": "some", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
    clean: dict[str, Any] = {"name": "other", "version": "1.0", "vulns": []}
    assert vulnerabilities.faults({"dependencies": [found, clean]}) == ["some 1.0: PYSEC-1, mended in 1.1"]
    assert vulnerabilities.faults({"dependencies": [clean]}) == []


@pytest.mark.parametrize("packages", [[], [{"name": "some", "skip_reason": "not found"}]])
def test_what_could_not_be_looked_up_is_not_clean(packages: list[dict[str, Any]]):
    (told,) = vulnerabilities.faults({"dependencies": packages})
    assert "could not be looked up" in told
