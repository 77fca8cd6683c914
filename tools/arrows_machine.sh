#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the arrows that must hold when the code runs (arrows_machine.toml). import-linter knows what only type checkers
# import by the name TYPE_CHECKING alone; on a meter each public name costs memory, so ours begins with an underscore,
# and import-linter is shown a copy without it.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r firmware host simulator cardformat "$copy"
grep -rlZ --include='*.py' _TYPE_CHECKING "$copy" | xargs -0 sed -i 's/\b_TYPE_CHECKING\b/TYPE_CHECKING/'
export PYTHONPATH="$copy/firmware:$copy/host:$copy/simulator:$copy/cardformat"
.venv/bin/lint-imports --no-logo --no-cache --config tools/arrows_machine.toml
