# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a campus map: one module a kind of fault, one book that collects them.

May import what `dispatcher.roads` may. Nothing here changes a map.
"""
