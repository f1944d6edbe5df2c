# SPDX-License-Identifier: Apache-2.0
"""VDA 5050 version 2.1.0 on the wire: message structs, topics, codec and the standard's rules.

Shared by robot and dispatcher. Imports msgspec and the standard library without I/O. Here, and only
here, lengths are float metres and angles float radians, as the standard wants them.
"""
