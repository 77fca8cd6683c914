# SPDX-License-Identifier: Apache-2.0
"""The card slots: what the core asks of one, made of a chip's driver."""
