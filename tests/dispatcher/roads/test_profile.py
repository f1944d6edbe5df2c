# SPDX-License-Identifier: Apache-2.0
"""A robot's profile: what a map is read for."""

from pathlib import Path

import pytest

from dispatcher.roads.profile import ProfileError, RobotProfile, read_profile


def written(folder: Path, text: str) -> Path:
    path = folder / "robot.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_key_that_is_left_out_keeps_its_default(tmp_path: Path) -> None:
    profile = read_profile(written(tmp_path, "[robot]\nwidth_m = 0.78\nmax_incline_pct = 8.5\n"))
    assert profile == RobotProfile(width_mm=780, max_incline_permille=85)
    assert profile.min_passing_mm == 2560
    assert RobotProfile().min_passing_mm == 2800


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[robot]\nwidth_m = 90\n", r"robot.width_m is 90, not within 0.1 and 5"),
        ("[robot]\nwidth_m = nan\n", r"robot.width_m is nan, not within 0.1 and 5"),
        ("[robot]\nwidth = 0.9\n", r"robot.width is not known; is it width_m\?"),
        ("[robot]\nzzz = 1\n", r"robot.zzz is not known; known are width_m, "),
        ("[robot]\naux_w = 1.5\n", r"robot.aux_w is 1.5, not a whole number"),
        ("[robot]\nmass_kg = true\n", r"robot.mass_kg is True, not a number"),
        ("width_m = 0.9\n", r"has no table \[robot\]"),
        ("[robot\n", "not TOML: "),
    ],
)
def test_a_fault_is_said_with_file_and_field(tmp_path: Path, text: str, sentence: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ProfileError, match=sentence) as caught:
        read_profile(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read: No such file"):
        read_profile(tmp_path / "none.toml")
    (tmp_path / "robot.toml").write_bytes(b"[robot]\nname = '\xff'")
    with pytest.raises(ProfileError, match="not UTF-8 text"):
        read_profile(tmp_path / "robot.toml")
