# SPDX-License-Identifier: Apache-2.0
"""VDMA LIF 1.0 as campus maps.

May import what `dispatcher.roads` may.
"""
