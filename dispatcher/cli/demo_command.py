# SPDX-License-Identifier: Apache-2.0
"""`dispatcher demo`: its options; heavy imports come when it is called."""

import sys
from pathlib import Path
from typing import Annotated

import typer

Speed = Annotated[
    float | None,
    typer.Option(metavar="X", help="Site time per real time, 1 to 60; else 30, with boards 1."),
]
Firmware = Annotated[
    str, typer.Option(metavar="host", help="Real firmware and agents, in real time; needs gcc.")
]


def demo(
    campus_map: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="A campus: .geojson, or .osm, imported first."),
    ] = None,
    parcels: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="A parcels file; else 300 parcels of one morning."),
    ] = None,
    robots: Annotated[int, typer.Option(metavar="N", help="Emulated robots, 1 to 500.")] = 12,
    speed: Speed = None,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, metavar="PORT", help="Of the daemon's API; 0: a free one."),
    ] = 0,
    broker: Annotated[
        str,
        typer.Option(metavar="mosquitto|amqtt", help="Else mosquitto where found, or amqtt."),
    ] = "",
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Of the parcels and the recipients' luck.")
    ] = 1,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Put journal, map, site file and logs here."),
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="kernel|ortools|quick", help="What plans.")
    ] = "kernel",
    until_h: Annotated[
        float,
        typer.Option(min=0, metavar="HOURS", help="Stop after this much site time; 0: at the end."),
    ] = 0.0,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Save the last picture.")
    ] = None,
    firmware: Firmware = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Last line of stdout: one JSON object.")
    ] = False,
) -> None:
    """A fleet at work: MQTT broker, daemon, emulated robots and a stream of parcels.

    It ends when every parcel has ended, or with Ctrl-C. Exit code: 0 done, 1 the counts do not add
    up, 2 bad input, 3 something needed is missing.
    """
    from dispatcher.demo.options import DemoError, DemoOptions
    from dispatcher.demo.run import run_demo

    options = DemoOptions(
        map=campus_map,
        parcels=parcels,
        robots=robots,
        speed=(1.0 if firmware else 30.0) if speed is None else speed,
        port=port,
        broker=broker,
        seed=seed,
        keep=keep,
        engine=engine,
        until_h=until_h,
        svg=svg,
        as_json=as_json,
        firmware=firmware,
    )
    try:
        code = run_demo(options)
    except DemoError as error:
        print(error, file=sys.stderr)
        code = error.code
    raise typer.Exit(code)
