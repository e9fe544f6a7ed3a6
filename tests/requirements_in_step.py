"""Part of `make check`: the requirements files hold what pyproject.toml asks for, hashed and without addresses.

Compiling them anew would need the package index; `make lock` does that. This tells when it is due.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]+\])?==([^\s;\\]+)", re.MULTILINE)
ADDRESS = re.compile(r"^\s*--(?:extra-)?index-url|^\s*--find-links|https?://", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    return {_normal(name): version for name, version in PINNED.findall(text)}


def faults() -> list[str]:
    product = tomllib.loads((ROOT / "pyproject.toml").read_text())
    host = tomllib.loads((ROOT / "devhost" / "pyproject.toml").read_text())
    asked = pins("\n".join(product["project"]["dependencies"]))
    for_development = asked | pins("\n".join([*product["dependency-groups"]["dev"], *host["project"]["dependencies"]]))
    found: list[str] = []
    for name, wanted in (("requirements.txt", asked), ("requirements-dev.txt", for_development)):
        text = (ROOT / name).read_text()
        locked = pins(text)
        found += [f"{name}: {package} is not {version}" for package, version in wanted.items()
                  if locked.get(package) != version]  # fmt: skip
        unhashed = [block.split()[0] for block in re.split(r"\n(?=\S)", text)
                    if PINNED.match(block) and "--hash=" not in block]  # fmt: skip
        found += [f"{name}: {package} has no hash" for package in unhashed]
        if ADDRESS.search(text):
            found.append(f"{name}: it records an address")
    shared = pins((ROOT / "requirements.txt").read_text()).items()
    apart = shared - pins((ROOT / "requirements-dev.txt").read_text()).items()
    return found + [f"requirements-dev.txt: {package} differs from requirements.txt" for package, _ in apart]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    problems = faults()
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        sys.exit("requirements are out of step with pyproject.toml: run `make lock`")
    print("Requirements are in step")
