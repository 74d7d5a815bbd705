# SPDX-License-Identifier: Apache-2.0
"""The PDF painter: pages as values become PDF, with text as text. It knows nothing of OFD's files."""
