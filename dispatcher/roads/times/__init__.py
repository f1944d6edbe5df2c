# SPDX-License-Identifier: Apache-2.0
"""Travel times: one table for each set of conditions, its rows, their repair, and lookups.

May import what `dispatcher.roads` may. The core decides with it.
"""
