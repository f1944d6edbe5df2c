# SPDX-License-Identifier: Apache-2.0
"""Who may talk on the wire: a small certificate authority, the broker's files, the register of
robots and their one-time bundles.

May import msgspec, cryptography and, of `dispatcher`, only `core.site`. Knows no network: it
writes files, and tells a running broker to read them again.
"""
