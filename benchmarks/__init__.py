# SPDX-License-Identifier: Apache-2.0
"""
The figures of govbus, measured beside a yardstick in the same run.

Nothing here is shipped and nothing in the bus imports it. The rule: a figure that was not measured
in this run is not printed, and a scenario that fails is said to have failed.
"""
