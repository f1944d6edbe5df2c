# SPDX-License-Identifier: Apache-2.0
"""Who may talk on the wire: a small certificate authority, the broker's files, the register of
robots and their one-time bundles.

May import msgspec, cryptography, `core.site` and the topic names that both sides share. Knows no
network: it writes files, and tells a running broker to read them again.
"""
