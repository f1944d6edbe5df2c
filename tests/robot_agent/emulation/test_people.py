# SPDX-License-Identifier: Apache-2.0
from robot_agent.emulation.faults import Faults
from robot_agent.emulation.people import PeopleParams, visit


def test_a_person_is_the_same_whichever_robot_comes() -> None:
    assert visit(1, "p", 1, PeopleParams()) == visit(1, "p", 1, PeopleParams())
    assert visit(1, "p", 1, PeopleParams()) != visit(2, "p", 1, PeopleParams())
    assert visit(1, "p", 1, PeopleParams()) != visit(1, "p", 2, PeopleParams())


def test_some_are_early_some_late_and_some_never_come() -> None:
    params = PeopleParams(no_show_pct=10, late_pct=20, early_pct=30)
    visits = [visit(1, f"p{number}", 1, params) for number in range(1_000)]
    never = sum(one.come_after_ms is None for one in visits)
    early = sum(one.come_after_ms == 0 for one in visits)
    late = sum((one.come_after_ms or 0) > params.prompt_max_ms for one in visits)
    assert 70 <= never <= 130
    assert 250 <= early <= 350
    assert 160 <= late <= 240
    for one in visits:
        assert params.service_min_ms <= one.service_ms <= params.service_max_ms


def test_faults_change_what_people_do_and_not_when_they_come() -> None:
    faults = Faults(refuse_ppm=500_000, wrong_code_ppm=500_000, leave_open_ppm=500_000)
    plain = [visit(1, f"p{number}", 1, PeopleParams()) for number in range(200)]
    odd = [visit(1, f"p{number}", 1, PeopleParams(), faults) for number in range(200)]
    assert [one.come_after_ms for one in plain] == [one.come_after_ms for one in odd]
    for count in (
        sum(one.refuses for one in odd),
        sum(one.mistypes for one in odd),
        sum(one.left_open_ms > 0 for one in odd),
    ):
        assert 60 <= count <= 140
    assert not any(one.refuses or one.mistypes or one.left_open_ms for one in plain)
