# SPDX-License-Identifier: Apache-2.0
"""The story: outbound, hub, inbound, and the daemon that runs them."""
