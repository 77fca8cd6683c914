# SPDX-License-Identifier: Apache-2.0
"""A board made of software, and the load that runs through it."""
