# SPDX-License-Identifier: Apache-2.0
"""The virtual board: the unmodified firmware on MicroPython's unix port, with the shared models of the chips on its pins."""
