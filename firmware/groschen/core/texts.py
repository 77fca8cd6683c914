# SPDX-License-Identifier: Apache-2.0
"""All texts of the display: a line each, German and English, at most twenty characters; # is the place of a number.

A text is known by the number of its line, so that it costs its bytes and two more, and no name. Who uses one has a
constant `_T_...` with the German words beside it; `make screens` sets the numbers by the words, and sections whose
order means something say so there.
"""

from array import array

from groschencard import const

GERMAN = const(0)
ENGLISH = const(1)

BLOB = """\

 EUR
 kWh
 kW
 ct/kWh
MoDiMiDoFrSaSo|MoTuWeThFrSaSu
Guthaben|Balance
Bitte aufladen|Please top up
reicht etwa # Tage|lasts about # days
reicht etwa 1 Tag|lasts about 1 day
reicht keinen Tag|less than a day
Code:
Taste Licht drücken|Press the light key
Licht = Notkredit|Light = emergency
Strom aus|Supply off
Keine Abschaltung|No disconnection
bis|till
ab|from
Kosten|Cost
heute|today
gestern|yesterday
im Monat|this month
Verbrauch|Energy used
HT
NT
gesamt|total
Leistung|Power
jetzt|now
Höchste|Highest
am|on
je Tag|per day
Restschuld|Debt left
bezahlt|paid
Nichtabschaltzeit|Non-cut-off time
keine in 8 Tagen|none within 8 days
über 8 Tage|more than 8 days
ist an|is on
ist aus|is off
nicht vereinbart|not in the contract
Höhe|Limit
verfügbar|left
möglich bis|only up to
einschalten?|Switch it on?
OK ja, C nein|OK yes, C no
Aufladungen|Top-ups
Abschaltung droht|Cut-off ahead
Guthaben wird knapp|Credit runs low
Karte wird gelesen|Reading the card
Bitte warten|Please wait
Uhrzeit unbekannt|Clock not set
TAN wieder frei|TAN open again
TAN ist falsch|TAN is wrong
TAN schon benutzt|TAN used already
Rückbuchend|Refund mode
Freischaltung|Free supply
Strom an|Supply on
Kein Guthaben|No credit
Strom gesperrt|Supply locked
Notkredit|Emergency credit
Speicher gestört|Memory damaged
Speicher defekt|Memory failure
Speicher verloren|Memory lost
Relais gestört|Relay failure
Nichts Neues|Nothing new
Guthaben gebucht|Credit booked
Schuld eingetragen|Debt entered
Neuer Tarif|New tariff
Vertrag geändert|Contract changed
Guthaben erstattet|Balance refunded
Tarif ist veraltet|Tariff is too old
Kein neues Guthaben|No new credit
Unbekannte Karte|Unknown card
Karte ist leer|Card is blank
Karte nicht lesbar|Card unreadable
Anderes Stadtwerk|Other utility's card
Anderer Zähler|Other meter's card
Karte ist ungültig|Card is not valid
Karte ist zu neu|Card is too new
Karte wurde ersetzt|Card was replaced
Karte ist gesperrt|Card is locked
Karte passt nicht|Card does not match
Karte zu oft falsch|Card failed before
Karte ist abgenutzt|Card is worn out
Karte zu früh heraus|Card out too early
Karte ist veraltet|Card is out of date
Daten abgelehnt|Data refused
Auftrag ausgeführt|Command carried out
Zähler ausgelesen|Meter read out
Nichts gebucht|Nothing booked
Uhr nicht gestellt|Clock not set
Aus früherem Leben|Card of earlier life
Kartenfehler|Card error
Karte entnehmen|Take your card
Stadtwerk anrufen|Call your utility
Bitte zur Kasse|See the cash desk
Noch einmal stecken|Insert it again
Eigene Karte nehmen|Use your own card
Mit Karte zur Kasse|Take it to the desk
Richtig herum?|Right way round?
Neue Karte nehmen|Use the new card
Neue Karte holen|Get a new card
Gebucht|Booked
Erstattet|Refund
# EUR gebucht|# EUR booked
TAN Nr. #|TAN no. #
Vertippt?|Mistyped?
Bitte neu eingeben|Please enter again
Betrag, Nr. prüfen|Check amount, no.
TAN gesperrt|TAN locked
noch|for
# Tage|# days
# Std|# h
# Min|# min
Nicht gebucht|Not booked
TAN bleibt gültig|TAN stays valid
Betrag 1 bis 999 EUR|Amount 1 to 999 EUR
Code nicht für|Code is not for
diesen Zähler|this meter
Keine TAN möglich|No TAN here
Bitte Karte nutzen|Please use the card
Betrag in EUR|Amount in EUR
# EUR, TAN:
Servicecode:|Service code:
Ältere TAN verfällt|Older TAN expires
Abgleich|Settle
Nächste TAN Nr. #|Next TAN no. #
Netz war oft weg|Mains failed often
wartet noch # Min|waits # min more
""".encode()
"""The texts in UTF-8, a newline behind each, a bar between German and English where they differ."""

STARTS = array("H", [0])
"""Where each text begins, and where one more would."""
while STARTS[-1] < len(BLOB):
    STARTS.append(BLOB.find(b"\n", STARTS[-1]) + 1)
