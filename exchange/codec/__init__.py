# SPDX-License-Identifier: Apache-2.0
"""Bytes to values and back, and every check on the way. No input, no output, no clock."""
