# SPDX-License-Identifier: Apache-2.0
"""Side effects: broker, database, files, keys, clock. Nothing above this floor touches them otherwise."""
