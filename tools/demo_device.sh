# SPDX-License-Identifier: Apache-2.0
# A meter on a board: MicroPython's unix port behind a serial port is flashed, read by our own host, and by a program that
# nobody here wrote. Part of demo.sh, with the keys and the ledger of demo_cards.sh.

BOARD_SERIAL=1EBZ0100000002

step "$(words 'Platine: ein virtuelles Board an einem seriellen Port' 'Board: a virtual one at a serial port')"
printf '\n$ groschen sim board board --port-file port &\n'
"$BIN/groschen" sim board board --port-file port >board.log 2>&1 &
BOARD=$!
trap 'kill "$BOARD" 2>/dev/null || true; wait "$BOARD" 2>/dev/null || true' EXIT
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
[ -s port ] || { cat board.log >&2; exit 1; }
GROSCHEN_PORT=$(cat port)
export GROSCHEN_PORT

step "$(words 'Techniker: Zähler aufnehmen, flashen, auslesen' 'Technician: add a meter, flash it, read it')"
run meter add "$BOARD_SERIAL" --account K-2 --customer 2 --name Muster --tariff Haushalt
run meter flash --board unix --meter "$BOARD_SERIAL"
run meter read --meter "$BOARD_SERIAL"

step "$(words 'Dasselbe mit einem fremden Programm: smartmeter-obis' "The same with other people's program: smartmeter-obis")"
printf '\n$ node smartmeter.mjs %s\n' "$GROSCHEN_PORT"
PATH="$BIN:$PATH" node "$TOOLS/../tests/service_port/smartmeter.mjs" "$GROSCHEN_PORT" | "$BIN/python" "$TOOLS/demo_foreign.py"
