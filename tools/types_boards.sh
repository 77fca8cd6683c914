#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Type-checks boards and drivers, once for each BOARD:STUBS given, with MicroPython's stubs in place of CPython's
# standard library. The packages that a board composes are read too, but judged in the main run.
set -euo pipefail
cd "$(dirname "$0")/.."

BIN=.venv/bin

check() {
    local board=$1 stubs=.venv/stubs/$2 sources
    mapfile -t sources < <(find "boards/$board" boards/common firmware/groschen/drivers -name '*.py' 2>/dev/null | sort)
    [ "${#sources[@]}" -gt 0 ] || return 0
    printf '%s: ' "$board"
    MYPYPATH="$stubs:boards/$board:boards/common" "$BIN/mypy" --config-file tools/stubs/mypy.ini \
        --custom-typeshed-dir "$stubs" --cache-dir ".mypy_cache/$2" "${sources[@]}"
    printf '%s: ' "$board"
    "$BIN/basedpyright" --project "tools/stubs/$2.json"
}

for pair in "$@"; do
    check "${pair%%:*}" "${pair##*:}"
done
