# SPDX-License-Identifier: Apache-2.0
"""The cash desk and the cards: what they say, and how they are read and written."""
