# SPDX-License-Identifier: Apache-2.0
# A card's way: keys and ledger are made, a meter is commissioned by a service card, a customer card is topped up at the desk, put
# into the meter, read back at the desk, and a TAN is sold. Part of demo.sh.

SERIAL=1EBZ0100000001
step "$(words 'Stadtwerk: Schlüssel, Kontobuch, Tarif, Zähler' 'Utility: key, ledger, tariff, meter')"
run key new
run ledger init --utility 1 --name Musterwerk
run tariff add tariff.toml
run meter add "$SERIAL" --account K-1 --customer 1 --name Muster --tariff Haushalt
run key meter "$SERIAL" --utility 1 --out meter.key
run sim meter meter.bin --serial "$SERIAL" --utility 1 --key meter.key --at 2026-01-20T09:00:00+01:00

step "$(words 'Servicekarte: Inbetriebnahme' 'Service card: commissioning')"
run card blank service.card
run card issue --meter "$SERIAL" --kind service --commission CUSTOMER --reader virtual:service.card
run sim insert service.card --meter meter.bin --at 2026-01-20T10:00:00+01:00

step "$(words 'Kasse: Kundenkarte ausgeben und aufladen' 'Cash desk: issue a customer card and top it up')"
run card blank customer.card
run card issue --meter "$SERIAL" --kind customer --reader virtual:customer.card
run card topup --eur 50.00 --reader virtual:customer.card
step "$(words 'Zähler: Karte stecken, zu früh gezogen, nochmals' 'Meter: insert the card, pulled too early, again')"
run sim insert customer.card --meter meter.bin --at 2026-01-20T18:00:00+01:00 --pull 9000 || true
run sim insert customer.card --meter meter.bin
step "$(words 'Kasse: Karte zurücklesen' 'Cash desk: read the card back')"
run card read --reader virtual:customer.card
run card show customer.card

step "$(words 'TAN statt Karte' 'A TAN instead of a card')"
run tan issue --meter "$SERIAL" --eur 20
run tan list --meter "$SERIAL"

step "$(words 'Alles gebucht, jeder Cent' 'All booked, every cent')"
run ledger check
run ledger journal
