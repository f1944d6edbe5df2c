# SPDX-License-Identifier: Apache-2.0
"""Where the files of an installed agent lie, seen from the root of its computer's disk."""

from pathlib import Path

UNIT = Path("etc/systemd/system/drover-agent.service")
RULES = Path("etc/udev/rules.d/60-drover.rules")
COMMAND = Path("usr/local/bin/robot-agent")
ETC = Path("etc/drover")
CONFIG = ETC / "agent.toml"
MAP = ETC / "campus.geojson"
SECRETS = ETC / "secrets"
STATE = Path("var/lib/drover-agent")
PREVIOUS = Path("var/lib/drover-install/previous")
NEXT = Path("var/lib/drover-install/next")
