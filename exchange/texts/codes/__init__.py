# SPDX-License-Identifier: Apache-2.0
"""
The errors by their first digit, a module each: code, exit code, ebMS counterpart, sentence and hint
in both languages.

A code is never given another meaning; what is retired stays retired.
"""

from __future__ import annotations

NO, BAD, AWAY, CONFIG = (
    1,
    65,
    69,
    78,
)  # exit codes: the answer is no, bad data, unreachable, bad configuration

# code: (exit code, ebMS 3.0 counterpart, English, hint, Chinese, hint)
Rows = dict[str, tuple[int, str, str, str, str, str]]
