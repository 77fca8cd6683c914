# SPDX-License-Identifier: Apache-2.0
"""What the codes of the readout mean, for people; docs/service-port.md explains them."""

from typing import Final

from groschenhost.errors import Text, pick

# A line a code: code|German|English, as in groschencard.obis.
_NAMES: Final = """\
F.F|Fehlerregister|error register
C.1.0|Zählernummer|serial number
C.1.1|Leben des Zählers|life of the meter
0.0.0|Versorger|utility
0.2.0|Firmware|firmware
0.3.0|Zählerkonstante|meter constant
0.9.1|Uhrzeit|time
0.9.2|Datum|date
0.9.4|Datum und Uhrzeit|date and time
0.1.0|Monatsabschlüsse|month ends
0.1.2|letzter Monatsabschluss|last month end
C.7.0|Netzausfälle|power failures
C.7.1|Strom wartet noch|supply still waits
C.2.0|Änderungen des Vertrags|changes of the contract
C.14|Tarif (1 HT, 2 NT)|tariff (1 HT, 2 NT)
1.8.0|Energie gesamt|energy, total
1.8.1|Energie HT|energy HT
1.8.2|Energie NT|energy NT
1.4.0|Leistung der laufenden Viertelstunde|power, running quarter hour
1.5.0|Leistung der letzten Viertelstunde|power, last quarter hour
1.6.0|Höchstleistung|maximum demand
0-0:96.3.10*255|Versorgung (1 ein)|supply (1 on)
0-0:19.10.0*255|Guthaben|balance
0-0:19.10.1*255|Kreditrahmen, noch frei|emergency credit left
0-0:19.20.0*255|Kosten HT|charged HT
0-0:19.20.1*255|Kosten NT|charged NT
0-0:19.20.2*255|Kosten Leistung|charged for power
0-0:19.20.3*255|Grundkosten Strom|base rate, electricity
0-0:19.20.4*255|Grundkosten Gas|base rate, gas
0-0:19.20.5*255|Grundkosten Wasser|base rate, water
0-0:19.20.6*255|Tilgung je kWh|debt per kWh
0-0:19.20.7*255|Tagesrate Strom|debt rate, electricity
0-0:19.20.8*255|Tagesrate Gas|debt rate, gas
0-0:19.20.9*255|Tagesrate Wasser|debt rate, water
0-0:19.20.10*255|Restschuld|debt left
C.50.0|Betriebsart|mode
C.50.1|Grund der letzten Abschaltung (1 Guthaben, 2 Sperre)|cause of the last disconnection (1 credit, 2 locked)
C.50.2|Zuschaltung angeboten|reconnection offered
C.50.3|Kreditrahmen aktiv|emergency credit active
C.50.4|Abschaltungen|disconnections
C.50.5|Abschaltdauer|time disconnected
C.50.6|Kreditrahmen in Anspruch genommen|emergency credits taken
C.50.7|Uhr verloren|clock lost
C.51.0|aufgeladen|topped up
C.51.1|zurückgebucht|refunded
C.51.2|Rückstände eingetragen|debts added
C.52.0|letzte Karte|last card
C.52.1|letzte TAN|last TAN
C.52.2|letzter Rückstand|last debt
C.52.3|letzter Befehl|last command
C.52.4|Vertragsstand|contract number
C.53.0|Tarifversion|tariff version
C.53.1|nächste Tarifversion|next tariff version
C.53.2|Preis HT|price HT
C.53.3|Preis NT|price NT
C.55.0|falsche Passwörter|wrong passwords
C.55.1|TAN-Versuche|TAN tries
C.55.2|Reaktionszeit nach der Wahl|reaction time behind the option
"""

_TEXTS: Final[dict[str, Text]] = {
    code: (german, english) for code, german, english in (line.split("|") for line in _NAMES.splitlines())
}


def name(code: str) -> str:
    """Gives what a code means; of a past month, with its number; empty where nobody knows."""
    if code in _TEXTS:
        return pick(_TEXTS[code])
    plain, _, number = code.rpartition("*")
    for known in (plain, f"{plain}*255"):
        if known in _TEXTS:
            past = pick((f"Abschluss {number}", f"month end {number}"))
            return f"{pick(_TEXTS[known])}, {past}"
    return ""
