# SPDX-License-Identifier: Apache-2.0
"""`dispatcher serve`: run the daemon of a site file until SIGTERM or Ctrl-C."""

import sys
from pathlib import Path
from typing import Annotated

import typer

EXIT_BAD_INPUT = 2


def serve(
    config: Annotated[Path, typer.Option(metavar="FILE", help="The site file (TOML).")],
    print_config: Annotated[
        bool,
        typer.Option(
            "--print-config", help="Show every key: value, unit, limit, default, meaning."
        ),
    ] = False,
) -> None:
    """Run the daemon: parcels in over HTTP, jobs out over MQTT, everything in a journal."""
    from dispatcher.config import ConfigError, load_config
    from dispatcher.config import print_config as printed

    try:
        site = load_config(config)
    except ConfigError as error:
        _fail(str(error), EXIT_BAD_INPUT)
    if print_config:
        print(printed(site))
        return
    if sys.flags.optimize:
        _fail("python -O switches the core's checks off: start without it", EXIT_BAD_INPUT)

    import structlog

    from dispatcher.service.logs import start_log

    try:
        start_log(site.log.file, site.log.level)
    except OSError as error:
        _fail(f"[log] file = {site.log.file}: {error.strerror}", EXIT_BAD_INPUT)
    structlog.get_logger().info("starting", site=site.site.id, config=site.source)

    from dispatcher.service.daemon import run_daemon
    from dispatcher.service.parts import StartError

    try:
        raise typer.Exit(run_daemon(site))
    except StartError as error:
        _fail(str(error), error.exit_code)


def _fail(sentence: str, code: int) -> None:
    print(f"dispatcher serve: {sentence}", file=sys.stderr)
    raise typer.Exit(code)
