# SPDX-License-Identifier: Apache-2.0
"""Readers for the public benchmark families, each with its family's cost convention.

May import: `dispatcher.planner`, msgspec, numpy. A family's instance becomes the same `Problem`
that a campus is, so that whatever solves it is judged by the same `check`.
"""
