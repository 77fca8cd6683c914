# SPDX-License-Identifier: Apache-2.0
"""Flashing: the firmware compiled, copied to a board, proven there, and put in force."""
