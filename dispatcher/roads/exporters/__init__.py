# SPDX-License-Identifier: Apache-2.0
"""Writes campus maps in the formats of others, each with an account of what is lost on the way.

May import what `dispatcher.roads` may. Pure: texts come out, files are the caller's.
"""
