# SPDX-License-Identifier: Apache-2.0
"""Drover's dispatcher: takes parcels in, plans, sends robots, keeps the record.

Each package below says what it may import; tests/project/test_imports.py holds the whole table.
This package itself imports nothing, so that `import dispatcher` costs nothing.
"""
