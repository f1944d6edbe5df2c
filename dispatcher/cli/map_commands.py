# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map ...`: make, check, repair and look at campus maps."""

import typer

from dispatcher.cli.map_check_command import check
from dispatcher.cli.map_import_command import import_map
from dispatcher.cli.map_show_command import show

app = typer.Typer(
    help="Make campus maps from OpenStreetMap data, and check them.",
    no_args_is_help=True,
    add_completion=False,
)
app.command("import", short_help="Make a campus map of a .osm file, offline.")(import_map)
app.command("check", short_help="See that every place can be reached.")(check)
app.command("show", short_help="Draw a map as one HTML page to look at.")(show)
