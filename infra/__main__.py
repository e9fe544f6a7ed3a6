"""`python -m infra` checks infra/; with `--write` it first writes what follows from the code."""

import sys
from pathlib import Path

from infra import checkov, checks, generated

ROOT = Path(__file__).parents[1]


def main() -> int:
    if "--write" in sys.argv[1:]:
        generated.write(ROOT)
    found = checks.faults(ROOT) + checkov.faults_of_changes(ROOT, ROOT / "infra")
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
