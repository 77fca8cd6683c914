# SPDX-License-Identifier: Apache-2.0
"""The utility's side: the command, the card station, tokens, the vending ledger and exports."""
