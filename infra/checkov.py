"""checkov over the Bicep files, with the findings that were looked at and accepted."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

BINARY = Path(".local") / "checkov" / "bin" / "checkov"
PASSED = Path(".local") / "checkov" / "passed"
"""The digest of what it last found nothing in: it takes longer than all other checks together."""


def faults_of_changes(root: Path, infra: Path) -> list[str]:
    """As `faults`; files that passed as they are now are not looked at again."""
    digest = _digest(root, infra)
    passed = root / PASSED
    if passed.is_file() and passed.read_text(encoding="utf-8") == digest:
        return []
    found = faults(root, infra)
    if not found:
        passed.write_text(digest, encoding="utf-8")
    return found


def _digest(root: Path, infra: Path) -> str:
    digest = hashlib.sha256((root / "infra" / "requirements-checkov.txt").read_bytes())
    for path in sorted([*infra.rglob("*.bicep"), *infra.glob("*.json")]):
        digest.update(f"{path.relative_to(infra)} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def faults(root: Path, infra: Path) -> list[str]:
    """`root` has the installed checkov, `infra` the files. A file it cannot parse passes silently: that is a fault."""
    command = [
        root / BINARY,
        "-d",
        infra,
        "--framework",
        "bicep",
        "--compact",
        "--quiet",
        "--skip-download",
        "-o",
        "json",
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report: dict[str, Any] = json.loads(run.stdout)
    except ValueError:
        return [f"checkov gave no report: {(run.stderr or run.stdout).strip()[-300:]}"]
    return judged(report, json.loads((infra / "accepted.json").read_text(encoding="utf-8")))


def judged(report: dict[str, Any], accepted: dict[str, dict[str, Any]]) -> list[str]:
    """`accepted`: by the check's id, `files` in which it may fail and `why`."""
    summary = report.get("summary", report)
    if summary.get("parsing_errors") != 0 or not summary.get("resource_count"):
        return [f"checkov has not read every file: {summary}"]
    found = {(check["check_id"], check["file_path"].lstrip("/")) for check in report["results"]["failed_checks"]}
    allowed = {(check, file) for check, entry in accepted.items() for file in entry["files"]}
    titles = {check["check_id"]: check["check_name"] for check in report["results"]["failed_checks"]}
    faults = [f"{file}: {check} {titles[check]}" for check, file in sorted(found - allowed)]
    faults += [f"accepted.json: {check} has no reason" for check, entry in accepted.items() if not entry.get("why")]
    return faults + [f"accepted.json: {check} no longer fails in {file}" for check, file in sorted(allowed - found)]
