# SPDX-License-Identifier: Apache-2.0
"""The ledger: who has which meter, what was paid for it, and what it has charged.

`book.Ledger` is the door; `values` has what passes through it that is no row. Nothing is imported here, so that a
command's help costs no database.
"""
