# SPDX-License-Identifier: Apache-2.0
"""The core: what is decided, and nothing else. `Dispatcher.handle(event, now_ms) -> effects`.

Pure and deterministic: its only inputs are its arguments. May import `dispatcher.roads` (its pure
part), `planner.problem`, `.solution`, `.check`, `.quick`, msgspec and the standard library without
I/O: no clock, no randomness, no socket, no logging. One `Dispatcher` is one site.
"""
