# SPDX-License-Identifier: Apache-2.0
"""Dispatch policies: which planned trips to hold back, because something may still join them.

A policy sees a plan and answers with the same trips, some of them later: the core only obeys
`depart_not_before_ms`. It may import `dispatcher.planner` and msgspec.
"""
