#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Resolves the dependencies anew and writes every lock file. Called by `make lock`, with the oldest Python that the
# project supports: what it needs beyond the standard library, newer ones can install too.
#
# No lock names an address: the hashes say what is meant, and each machine knows where it fetches from.
set -euo pipefail
cd "$(dirname "$0")/.."

BIN=$PWD/.venv/bin
export CUSTOM_COMPILE_COMMAND="make lock"

"$BIN/python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
    || { echo "lock: needs a .venv of Python 3.11 (make clean setup PYTHON=python3.11)" >&2; exit 1; }

compile() {
    "$BIN/pip-compile" --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-emit-options \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@"
}

compile --extra dev --extra pcsc --extra postgresql --output-file requirements.lock pyproject.toml
(
    cd tools/stubs
    compile --output-file rp2.lock rp2.in
    compile --output-file esp32.lock esp32.in
)
for folder in tests/portable tests/service_port; do
    (cd "$folder" && PATH="$BIN:$PATH" npm install --package-lock-only --ignore-scripts --no-audit --no-fund)
done
