# SPDX-License-Identifier: Apache-2.0
"""
What runs inside the AS2 peer's own environment: it imports pyas2lib and the standard library alone.
"""
