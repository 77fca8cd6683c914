# SPDX-License-Identifier: Apache-2.0
"""The meter's two places for cards, and the one card that is in one of them: an image file, held while it is.

Behind the firmware's drivers are the models of the chips: an SLE 4428 in the slot, an MFRC522 with a MIFARE Classic 1K
before the housing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from groschen.drivers.mfrc522 import Mfrc522
from groschen.slots.contactless import ContactlessSlot
from groschensim.heldfile import HeldFile
from groschensim.insert import SIZE, SLE_HEADER, contact_slot, is_mifare, no_card
from groschensim.models import mfrc522, mifare, sle4428

if TYPE_CHECKING:
    from groschen.core import ports


class Field(ContactlessSlot):
    """A contactless slot that does not poll an empty field: the model of that takes longer than all the rest."""

    def __init__(self, driver: Mfrc522, reader: mfrc522.Mfrc522) -> None:
        """Take the reader's driver and its model."""
        super().__init__(driver)
        self._model = reader

    def present(self) -> bool:
        """Say whether a card is in the field."""
        return bool(self._model.cards) and super().present()


class Cards:
    """Where cards are put, and the one that is there."""

    def __init__(self) -> None:
        """Begin without a card."""
        self._chip = sle4428.Sle4428Chip()
        self._chip.pull()
        self._reader = mfrc522.Mfrc522()
        self._driver = Mfrc522(mfrc522.SimSpi(self._reader), mfrc522.SimSelect(self._reader))
        self.slots: tuple[ports.CardSlot, ...] = (
            contact_slot(self._chip),
            Field(self._driver, self._reader),
        )
        self._file: HeldFile | None = None

    @property
    def path(self) -> Path | None:
        """The image of the card that is there."""
        return self._file.path if self._file else None

    def start(self) -> None:
        """Have power."""
        self._driver.reset()

    def stop(self) -> None:
        """Lose the power: the card's too."""
        self._chip.power(0)
        for card in self._reader.cards:
            card.field(False)

    def put(self, path: Path) -> None:
        """Put a card where it belongs, as its file is now; ImageError where it is none or in use elsewhere."""
        file = HeldFile(path, SIZE)
        image = bytearray(file.data)
        if len(image) == SIZE and image.startswith(SLE_HEADER):
            self._chip.image = image
            self._chip.protect = sle4428.blank_protect()
            self._chip.insert()
        elif len(image) == SIZE and is_mifare(file.data):
            self._reader.cards = [mifare.MifareClassic1K(image)]
            self._driver.reset()
        else:
            file.close()
            raise no_card(path)
        self._file = file

    def pull(self) -> None:
        """Take the card away and write its file; RunError where that fails."""
        file = self._file
        if file is None:
            return
        self._file = None
        with file:
            if self._chip.inserted:
                self._chip.pull()
                image = self._chip.image
            else:
                card = self._reader.cards.pop()
                card.leave()
                image = card.image
            file.replace(bytes(image))
