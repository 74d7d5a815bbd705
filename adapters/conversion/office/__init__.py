# SPDX-License-Identifier: Apache-2.0
"""Office documents through LibreOffice: warm, walled in, and never believed without a look."""
