"""What several forms let people choose from."""

from __future__ import annotations

import zoneinfo


def time_zones() -> list[tuple[str, str]]:
    """Zones named after places, as people know them."""
    names = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]
