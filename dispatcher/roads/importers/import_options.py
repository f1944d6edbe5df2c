# SPDX-License-Identifier: Apache-2.0
"""What a person may ask of an import, whatever kind of file it reads."""

from msgspec import Struct

from dispatcher.roads.importers.osm_data import Clip
from dispatcher.roads.profile import RobotProfile


class ImportOptions(Struct, frozen=True):
    """Empty, None and False: as the importer finds best. `station` is a name or `lat,lon`;
    `robots` sizes the chargers and parking made up; `origin` is `lat,lon` of x = y = 0 for maps in
    metres; `main_roads` names the highest public road to drive along, and with `cross_roads` higher
    ones are crossed.
    """

    station: str = ""
    robots: int = 24
    timezone: str = ""
    site_id: str = ""
    main_roads: str = "tertiary"
    cross_roads: bool = False
    private: bool = False
    left_hand: bool | None = None
    clip: Clip | None = None
    datum: str = "wgs84"
    origin: str = ""
    profile: RobotProfile = RobotProfile()
