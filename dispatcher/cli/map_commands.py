# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map ...`: make, check, repair and look at campus maps."""

import typer

from dispatcher.cli.map_check_command import check
from dispatcher.cli.map_diff_command import diff
from dispatcher.cli.map_export_command import export
from dispatcher.cli.map_fix_command import fix
from dispatcher.cli.map_import_command import import_map
from dispatcher.cli.map_show_command import show
from dispatcher.cli.map_stats_command import stats

app = typer.Typer(
    help="Make campus maps from OpenStreetMap data, and check them.",
    no_args_is_help=True,
    add_completion=False,
)
app.command("import", short_help="Make a campus map of a .osm file, offline.")(import_map)
app.command("check", short_help="Say every fault of a map, and what to do about it.")(check)
app.command("fix", short_help="Fill in what a hand-drawn map lacks.")(fix)
app.command("stats", short_help="Count what a map holds.")(stats)
app.command("diff", short_help="Say what has changed between two maps.")(diff)
app.command("show", short_help="Draw a map as one HTML page to look at.")(show)
app.command("export", short_help="Write a map in another format: LIF, Open-RMF.")(export)
