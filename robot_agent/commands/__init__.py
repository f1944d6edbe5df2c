# SPDX-License-Identifier: Apache-2.0
"""The commands of `robot-agent`, a module each: `add_parser(subparsers)` and `run(options) -> int`.

May import `robot_agent` and argparse. `run` raises InputError for what is wrong with its input.
"""
