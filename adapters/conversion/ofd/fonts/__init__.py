# SPDX-License-Identifier: Apache-2.0
"""Font programs: those that documents embed, and those of the system that stand in for what they do not."""
