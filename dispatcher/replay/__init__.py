# SPDX-License-Identifier: Apache-2.0
"""Recorded days: read, verify, compare.

May import `dispatcher.core`, `.roads`, `.planner`, msgspec, pyarrow and zstandard; never the
service. It reads what the daemon wrote by the file format alone.
"""
