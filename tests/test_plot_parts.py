"""Steps of a change and paths over the years as pictures."""

import matplotlib
import numpy as np
import pytest
import xarray as xr

from yilao.gap import shapley
from yilao.plot import plot_parts, plot_paths
from yilao.schema import SchemaError, UnknownNameError

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _close():
    yield
    matplotlib.pyplot.close("all")


@pytest.fixture
def parts():
    return shapley({"people": 100.0, "norm": 0.05}, {"people": 200.0, "norm": 0.04})


@pytest.fixture
def paths():
    coords = {"series": ["people", "children"], "year": [2020, 2025, 2030]}
    return xr.DataArray([[10.0, 11.0, 12.0], [50.0, 45.0, 40.0]], coords)


def test_bars_lead_from_before_to_after(parts):
    ax = plot_parts(parts, lang="en", unit="beds", marks={"promised": 6.0}, ends=("then", "now"))
    bars = ax.patches
    assert [b.get_width() for b in bars] == pytest.approx([5, *abs(parts.values), 8])
    assert bars[1].get_x() == pytest.approx(5)
    assert bars[1].get_x() + bars[1].get_width() == pytest.approx(5 + float(parts[0]))
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels == ["then", "people", "norm", "now"]
    assert bars[1].get_facecolor() != bars[2].get_facecolor()  # more and less
    texts = [t.get_text() for t in ax.texts]
    assert "promised 6 beds" in texts
    assert any(t.startswith("−") for t in texts)


def test_it_draws_on_given_axes(parts, paths):
    _, axes = matplotlib.pyplot.subplots(ncols=2)
    assert plot_parts(parts, ax=axes[0], lang="en") is axes[0]
    assert plot_paths(paths, ax=axes[1], lang="en") is axes[1]


def test_faults_of_parts(parts):
    with pytest.raises(SchemaError, match="one decomposition"):
        plot_parts(parts.expand_dims(year=[2020]), lang="en")
    with pytest.raises(SchemaError, match="one decomposition"):
        plot_parts(parts.drop_vars("before"), lang="en")
    with pytest.raises(SchemaError, match="do not add up"):
        plot_parts(parts.isel(factor=[0]), lang="en")
    with pytest.raises(SchemaError, match="are missing"):
        plot_parts(parts.copy(data=[np.nan, 1.0]), lang="en")
    with pytest.raises(UnknownNameError, match="lang: 'fr'"):
        plot_parts(parts, lang="fr")


def test_paths_are_set_to_100(paths):
    ax = plot_paths(paths, index_year=2020, lang="en", names=["all", "young"], axis="2020 = 100")
    lines = [line.get_ydata() for line in ax.lines[:2]]
    np.testing.assert_allclose(lines, [[100, 110, 120], [100, 90, 80]])
    assert [t.get_text() for t in ax.texts] == ["all 120", "young 80"]
    assert ax.get_ylabel() == "2020 = 100"


def test_faults_of_paths(paths):
    with pytest.raises(SchemaError, match="needed are series and year"):
        plot_paths(paths.isel(year=0), lang="en")
    with pytest.raises(SchemaError, match="names: 1 for 2 paths"):
        plot_paths(paths, names=["a"], lang="en")
    with pytest.raises(SchemaError, match="2021 is none of the years"):
        plot_paths(paths, index_year=2021, lang="en")
    with pytest.raises(SchemaError, match="a path is 0 in 2020"):
        plot_paths(paths.where(paths.year > 2020, 0.0), index_year=2020, lang="en")
    with pytest.raises(SchemaError, match="are missing"):
        plot_paths(paths.where(paths.year > 2020), lang="en")
    with pytest.raises(UnknownNameError, match="lang: 'fr'"):
        plot_paths(paths, lang="fr")
