"""From a cold process: importing, and one city to 2050."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from benchmarks.registry import Measure, case, over, pick
from benchmarks.timing import medians

# As if Dask were not installed, in both processes.
_NO_DASK = "import sys; sys.modules['dask'] = None; "
_XARRAY = _NO_DASK + "import xarray"
_CITY = (
    _NO_DASK
    + """
import yilao as yl
city = yl.load_place("hangzhou")
for variant in ("plan", "trend", "no-migration"):
    done = yl.project(city.base, city.rates(variant, until=2050), until=2050)
    assert done.population.sizes["year"] == 31
"""
)
_IMPORT = _NO_DASK + "import yilao"


def _beside(code: str, size: str) -> tuple[float, float]:
    """Median seconds of two cold processes that take turns; both have run once before.

    That first run compiles to bytecode, as installing a package does; where a setting forbids to
    write it beside the source, every later run would compile yilao again, but not xarray.
    """
    with tempfile.TemporaryDirectory() as bytecode:
        settings = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        settings.pop("PYTHONDONTWRITEBYTECODE", None)

        def start(text: str) -> None:
            subprocess.run([sys.executable, "-c", text], check=True, env=settings)

        repeats = pick(size, small=1, medium=7)
        calls = {"yilao": lambda: start(code), "xarray": lambda: start(_XARRAY)}
        seconds = medians(calls, repeats, warm=size != "small")
    return seconds["yilao"], seconds["xarray"]


@case("cold_start", "one city, three variants, to 2050, from a cold process")
def cold_start(size: str) -> dict[str, Measure]:
    yilao, xarray = _beside(_CITY, size)
    return {"wall time": over(yilao, xarray, "s", "a process that imports xarray", "<= 1.5")}


@case("import_time", "import yilao in a cold process")
def import_time(size: str) -> dict[str, Measure]:
    yilao, xarray = _beside(_IMPORT, size)
    return {"wall time": over(yilao, xarray, "s", "a process that imports xarray", "< 1.3")}
