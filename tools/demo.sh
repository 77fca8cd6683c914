#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Cards and a board, called by `make demo`: all in a folder, with keys and a ledger of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

BIN=$PWD/.venv/bin
TOOLS=$PWD/tools
FOLDER=${1:-demo/cards}
rm -rf "$FOLDER"
mkdir -p "$FOLDER"
cp host/examples/tariff.toml "$FOLDER"
cd "$FOLDER"

export GROSCHEN_DB=ledger.sqlite GROSCHEN_KEY=master.key
GROSCHEN_PASSPHRASE=$("$BIN/python" -c 'import secrets; print(secrets.token_urlsafe(18))')
export GROSCHEN_PASSPHRASE

step() { printf '\n== %s\n' "$1"; }
run() { printf '\n$ groschen %s\n' "$*"; "$BIN/groschen" "$@"; }
words() { if [ "${GROSCHEN_LANG:-de}" = en ]; then echo "$2"; else echo "$1"; fi; }

# shellcheck source=tools/demo_cards.sh
. "$TOOLS/demo_cards.sh"
# shellcheck source=tools/demo_device.sh
. "$TOOLS/demo_device.sh"
