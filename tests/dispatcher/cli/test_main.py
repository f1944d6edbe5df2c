# SPDX-License-Identifier: Apache-2.0
"""The root of the `dispatcher` command: what it prints before any sub-command is loaded."""

import sys

import pytest

from dispatcher.cli import main as root


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert root.main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, command in root.COMMANDS.items():
        assert f"  {name} " in shown
        assert command.summary in shown


def test_a_mistyped_command_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert root.main(["sevre"]) == root.EXIT_BAD_INPUT
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "dispatcher: no command 'sevre': did you mean 'serve'?\n"


def test_a_command_without_its_packages_names_the_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    assert root.main(["demo"]) == root.EXIT_MISSING
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "dispatcher demo needs the extra 'demo': pip install 'drover-dispatch[demo]'\n"
    )


@pytest.mark.parametrize("name", sorted(root.COMMANDS))
def test_every_command_of_the_table_can_be_loaded(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        root.main([name, "--help"])
    assert left.value.code == 0
    assert f"dispatcher {name}" in capsys.readouterr().out
