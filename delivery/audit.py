"""`make audit`: licences, bill of materials, known vulnerabilities, workflows; reports go to .local/audit/report.

Everything is looked at before it fails. Only the vulnerabilities need the network; where it cannot be reached, they are
not known, which is no clean bill either.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from delivery import bill, parts, vulnerabilities

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / ".local" / "audit" / "bin"
REPORT = ROOT / ".local" / "audit" / "report"
LOCKS = ("requirements.txt", "requirements-dev.txt")
VALID = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(str(wrong) if wrong else 0)
"""


def main() -> int:
    REPORT.mkdir(parents=True, exist_ok=True)
    found = parts.parts(ROOT)
    told = {
        "licences": _licences(found),
        "bill of materials": _bill(found),
        "vulnerabilities": _vulnerabilities(),
        "workflows": _workflows(),
    }
    for subject, wrong in told.items():
        print(f"{subject}: {'as it should be' if not wrong else f'{len(wrong)} faults'}")
        for fault in wrong:
            print(f"  {fault}", file=sys.stderr)
    return 1 if any(told.values()) else 0


def _licences(found: list[parts.Part]) -> list[str]:
    rows = (f"| {part.kind} | {part.name} | {part.version} | {part.licence} |" for part in found)
    table = "\n".join(["| | Part | Version | Licence |", "| --- | --- | --- | --- |", *rows])
    (REPORT / "licences.md").write_text(f"# What others wrote\n\n{table}\n")
    return parts.faults(found, json.loads((ROOT / "delivery" / "licences.json").read_text()))


def _bill(found: list[parts.Part]) -> list[str]:
    path = REPORT / "sbom.cdx.json"
    made = _tool("cyclonedx-py", "environment", sys.executable, "--pyproject", str(ROOT / "pyproject.toml"),
                 "--output-reproducible", "--no-validate", "-o", str(path))  # fmt: skip
    if made.returncode:
        return [made.stderr.strip()]
    path.write_text(json.dumps(bill.bill_of(json.loads(path.read_text()), found), indent=2) + "\n")
    valid = _tool("python", "-c", VALID, str(path))
    return [valid.stderr.strip()] if valid.returncode else []


def _vulnerabilities() -> list[str]:
    """Exit code 1 of pip-audit means findings, which its report has; without a report it could not even begin."""
    wrong: list[str] = []
    for lock in LOCKS:
        path = REPORT / f"vulnerabilities-{Path(lock).stem}.json"
        path.unlink(missing_ok=True)
        ran = _tool("pip-audit", "--require-hashes", "--disable-pip", "--progress-spinner", "off", "-r", lock,
                    "-f", "json", "-o", str(path))  # fmt: skip
        if not path.exists():
            wrong.append(f"{lock}: {_last_line(ran.stderr)}")
            continue
        wrong += [f"{lock}: {fault}" for fault in vulnerabilities.faults(json.loads(path.read_text()))]
    return wrong


def _workflows() -> list[str]:
    ran = _tool("zizmor", "--offline", "--no-progress", "--format", "json", "--config", ".github/zizmor.yml", ".github")
    if not ran.stdout.strip():
        return [_last_line(ran.stderr)]
    findings: list[dict[str, Any]] = json.loads(ran.stdout)
    return [f"{finding['ident']}: {finding['desc']} ({_place(finding)})" for finding in findings]


def _place(finding: dict[str, Any]) -> str:
    return str(finding["locations"][0]["symbolic"]["key"])


def _tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(TOOLS / name), *arguments], capture_output=True, text=True, cwd=ROOT)


def _last_line(text: str) -> str:
    lines: Iterable[str] = text.strip().splitlines()
    return next(reversed(list(lines)), "it ended without a word")


if __name__ == "__main__":
    sys.exit(main())
