# SPDX-License-Identifier: Apache-2.0
"""The utility's master key: its file under a passphrase, its generations, and the meters' keys that come of it."""
