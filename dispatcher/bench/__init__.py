# SPDX-License-Identifier: Apache-2.0
"""Benchmarks that a user can run: one module each, all contenders in one run on one machine.

May import everything; is imported by `dispatcher.cli` alone.
"""
