# SPDX-License-Identifier: Apache-2.0
"""What the TAN desk refuses; nothing is booked or settled by what ends so.

HostError
+-- TansOffError         the contract has no TANs
+-- NewerThanLedgerError the meter has used a TAN that the ledger never sold: an old backup was restored
+-- InputError
    +-- SettlementError  a settlement code or read-out that cannot be this meter's, or is older than what is known
"""

from groschenhost.errors import HostError, InputError


class TansOffError(HostError):
    """The meter takes no TANs by its contract."""


class NewerThanLedgerError(HostError):
    """The meter knows more than the ledger."""


class SettlementError(InputError):
    """What was typed proves nothing."""
