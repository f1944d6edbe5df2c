# SPDX-License-Identifier: Apache-2.0
"""The `dispatcher` command, one module a command group.

May import everything, heavy things inside functions only; nobody imports this package.
"""
