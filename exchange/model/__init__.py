# SPDX-License-Identifier: Apache-2.0
"""Values: what the bus speaks of. No input, no output, no clock."""
