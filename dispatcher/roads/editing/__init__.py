# SPDX-License-Identifier: Apache-2.0
"""Campus maps as files: read as they are written, repaired, counted, compared.

May import what `dispatcher.roads` may. Properties that nobody knows are kept.
"""
