# SPDX-License-Identifier: Apache-2.0
"""The desk that sells TANs: counters from the ledger, numbers from the meter's key, receipts, and what meters prove."""
