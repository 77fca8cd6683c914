# SPDX-License-Identifier: Apache-2.0
"""The virtual board: the firmware as it is on MicroPython's unix port, with the shared models of the chips."""
