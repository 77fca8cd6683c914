# SPDX-License-Identifier: Apache-2.0
"""What `groschen tan` says beside its data: warnings, advice and refusals, in German and in English."""

from typing import Final

from groschenhost.errors import Text

OPEN: Final[Text] = (
    (
        "Achtung: nach dem Kontobuch sind {count} TANs offen: Nr. {numbers}. Der Zähler nimmt nur die zwei, die auf "
        "die letzte eingelöste folgen; die ältere also zuerst. Fehlt ein Beleg: groschen tan print {first} --meter "
        "{meter}. Sind sie eingelöst: am Zähler Taste TAN, dann OK; was er zeigt, abrechnen mit: groschen tan settle "
        "--meter {meter} --code ZIFFERN"
    ),
    (
        "Note: by the ledger {count} TANs are open: no. {numbers}. The meter takes only the two that follow the last "
        "one used, so the older one first. If a receipt is missing: groschen tan print {first} --meter {meter}. If "
        "they are used: at the meter key TAN, then OK; settle by what it shows: groschen tan settle --meter "
        "{meter} --code DIGITS"
    ),
)
DIGITS: Final[Text] = (
    (
        "Achtung: beim letzten Lesen einer Karte hatten die TANs dieses Zählers {returned} Ziffern, nach dem Vertrag "
        "sind es {contract}. Hat er den neuen Vertrag noch nicht: groschen tan print NR --meter {meter} "
        "--digits {returned}"
    ),
    (
        "Note: when a card was last read, this meter's TANs had {returned} digits, by the contract it is {contract}. "
        "If it does not have the new contract yet: groschen tan print NR --meter {meter} --digits {returned}"
    ),
)
DEAD: Final[Text] = (
    "TAN Nr. {counter} ist verfallen; ersetzen: groschen tan reissue {counter} --meter {meter}",
    "TAN no. {counter} is dead; replace it: groschen tan reissue {counter} --meter {meter}",
)
ALARM: Final[Text] = (
    "ALARM: eingelöst, obwohl als verfallen geführt: TAN Nr. {numbers}. Bitte klären",
    "ALARM: used, though known to be dead: TAN no. {numbers}. Please look into it",
)
EARLIER: Final[Text] = (
    (
        "Frühere Codes dieses Zählers: {named}. Wurden drei davon nie eingegeben, gilt dieser noch nicht: erst einen "
        "früheren verwenden, --again NR"
    ),
    (
        "Earlier codes of this meter: {named}. If three of them were never entered, this one is not taken yet: use an "
        "earlier one first, --again NR"
    ),
)

CLOSED: Final[Text] = (
    "Achtung: nach seinem Vertrag nimmt dieser Zähler keine offenen Token ([contract] open_tokens = true, dann Karte)",
    "Warning: by its contract this meter takes no open tokens ([contract] open_tokens = true, then a card)",
)
OFF: Final[Text] = (
    "Der Vertrag zu Zähler {meter} hat keine TANs; mit Karte aufladen oder den Vertrag ändern",
    "The contract of meter {meter} has no TANs; top up by card, or change the contract",
)
NO_CODE: Final[Text] = (
    "{code!r} ist kein Abrechnungscode: zehn Ziffern; am Zähler Taste TAN, dann OK",
    "{code!r} is no settlement code: ten digits; at the meter: key TAN, then OK",
)
WRONG: Final[Text] = (
    "Der Code passt nicht zu Zähler {meter}: verhört, vertippt, oder von einem anderen Zähler; noch einmal lesen",
    "The code does not fit meter {meter}: misheard, mistyped, or another meter's; read it once more",
)
OLD: Final[Text] = (
    "Das ist älter als der letzte Stand im Kontobuch; am Zähler neu ablesen: Taste TAN, dann OK",
    "This is older than what the ledger knows; read the meter again: key TAN, then OK",
)
NEWER: Final[Text] = (
    (
        "Der Zähler hat TAN Nr. {seen} eingelöst, dieses Kontobuch hat nur bis Nr. {given} verkauft: wohl eine alte "
        "Sicherung, oder ein anderer Zähler. Nichts geändert; keine TAN für ihn verkaufen, bis das geklärt ist"
    ),
    (
        "The meter has used TAN no. {seen}, this ledger has sold up to no. {given} only: an old backup, or another "
        "meter. Nothing was changed; sell no TAN for it until that is clear"
    ),
)
NO_READ_OUT: Final[Text] = (
    "Ein Auslesen nennt die höchste eingelöste Nummer, ab 0, und die acht davor, 0 bis 255",
    "A read-out has the highest number used, from 0, and the eight before it, 0 to 255",
)
BITS: Final[Text] = (
    "--used {used!r}: 0 bis 255, oder acht Zeichen 0/1, die älteste Nummer zuerst",
    "--used {used!r}: 0 to 255, or eight characters 0/1, the oldest number first",
)
EITHER: Final[Text] = (
    "Entweder --code ZIFFERN, oder aus einem Auslesen --highest NR und --used BITS",
    "Either --code DIGITS, or --highest NR and --used BITS from a read-out",
)


def filled(text: Text, **values: object) -> Text:
    """Gives a text with its values, in both languages."""
    return text[0].format(**values), text[1].format(**values)
