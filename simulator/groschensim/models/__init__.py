# SPDX-License-Identifier: Apache-2.0
"""Models of the chips that drivers drive, byte by byte as their data sheets tell it."""
