# SPDX-License-Identifier: Apache-2.0
"""What `groschen key` says beside its data: advice and warnings, in German and in English."""

from typing import Final

from groschenhost.errors import Text

BACK_UP_NOW: Final[Text] = (
    (
        "Jetzt sichern: groschen key backup DATEI. Ohne die Datei oder ohne ihre Passphrase nimmt kein Zähler mehr "
        "eine Karte oder TAN an."
    ),
    (
        "Back it up now: groschen key backup FILE. Without the file, or without its passphrase, no meter will take a "
        "card or a TAN again."
    ),
)
PASSPHRASE_CHANGED: Final[Text] = (
    (
        "Die Passphrase ist geändert. Alte Kopien der Datei öffnet weiterhin die alte; kennt sie jemand, helfen nur "
        "groschen key rotate und neue Schlüssel in den Zählern."
    ),
    (
        "The passphrase is changed. Old copies of the file still open with the old one; if somebody knows it, only "
        "groschen key rotate and new keys in the meters help."
    ),
)
READABLE: Final[Text] = (
    (
        "Warnung: andere Benutzer können {file} lesen; nur ihre Passphrase schützt sie. Den Datenträger abziehen und "
        "verschließen."
    ),
    (
        "Warning: other users may read {file}; nothing but its passphrase protects it. Remove the medium and lock it "
        "away."
    ),
)
IN_THE_CLEAR: Final[Text] = (
    (
        "WARNUNG: {file} ist unverschlüsselt. Wer sie hat, kann für diesen Zähler Guthaben und TANs erzeugen und "
        "seine Rückmeldungen fälschen. In den Zähler bringen, dann löschen: shred -u {file}. Keine Kopie behalten; "
        "der Hauptschlüssel ergibt sie jederzeit wieder."
    ),
    (
        "WARNING: {file} is not encrypted. Who has it can make credit and TANs for this meter and forge what it "
        "returns. Bring it into the meter, then delete it: shred -u {file}. Keep no copy; the master key gives it "
        "again at any time."
    ),
)
NOT_NOTED: Final[Text] = (
    (
        "Zähler {serial} ist in keinem Kontobuch; beim Aufnehmen die Generation nennen: groschen meter add {serial} "
        "--key-generation {generation}"
    ),
    (
        "Meter {serial} is in no ledger; name the generation when it is added: groschen meter add {serial} "
        "--key-generation {generation}"
    ),
)
