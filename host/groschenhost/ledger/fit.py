# SPDX-License-Identifier: Apache-2.0
"""What a card can carry: asked before a tariff is taken up, so that no desk finds out with a customer waiting."""

from groschenhost.ledger.values import SettingsData, TariffData


def fits_on_card(tariff: TariffData, settings: SettingsData | None) -> list[str]:
    """Names what of a tariff or of its settings is too much for the card's records; nothing where it fits."""
    from groschenhost.cards.content import too_much

    return too_much(tariff, settings)
