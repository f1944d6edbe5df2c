# SPDX-License-Identifier: Apache-2.0
"""Readers of other people's recorded delivery days.

They know the foreign format and nothing of a campus, but for `placing`, which puts orders on the
stops of a map. They import the standard library, msgspec and `dispatcher.roads`.
"""
