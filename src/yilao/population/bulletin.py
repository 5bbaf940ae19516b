"""From the few figures of a bulletin to single years by sex: as little beyond them as possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from yilao.population.ages import check_single, written
from yilao.population.entropy import contradiction, least_divergent
from yilao.population.margins import Margin, margin_row, ratio_rows
from yilao.population.moving import dated
from yilao.schema import SchemaError, YilaoError, check_basis, sources_of


@dataclass(frozen=True)
class BulletinFit:
    """Single years that meet a bulletin, and how far they are from the reference.

    Attributes
    ----------
    population : (sex, age), persons.
    residuals : (margin), persons: fitted less published; within the tolerance of each.
    divergence : Kullback-Leibler divergence Σ p ln(p / q) of the shares p by sex and age from those
        of the reference q; 0 the same structure.
    """

    population: xr.DataArray
    residuals: xr.DataArray
    divergence: float


def fit_bulletin(
    margins: Sequence[Margin],
    reference: xr.DataArray,
    *,
    sex_ratio: float | None = None,
    sex_ratio_tolerance: float = 0.0,
    date: str | None = None,
    sources: Sequence[str] = (),
) -> BulletinFit:
    """Find the single years by sex closest to a reference that meet every published margin.

    Closest in relative entropy: x minimises Σ x ln(x / q) - x + q over all x with A x = b.  It is
    x = q exp(Aᵀ λ), what iterative proportional fitting converges to; here the dual is solved by
    Newton's method, so that margins may overlap (60+ and 65+).  A margin with a tolerance is an
    interval: the figure inside it that is closest to the reference is taken.

    Parameters
    ----------
    margins : published counts; together they must fix the total.
    reference : (sex, age), persons, single years, such as the nation's or the province's of that
        year: it decides everything that the margins leave open.  The margins are of its basis.
    sex_ratio : males per 100 females, all ages.
    sex_ratio_tolerance : half a unit of its last digit.
    date : day of the margins, for the result; the reference's own date is not kept.
    sources : of the margins, for the citation.

    Raises
    ------
    SchemaError
        A margin outside the ages, negative, of an unknown sex; the total left open.
    BasisError
        The reference is neither resident nor registered.
    YilaoError
        Margins that no population meets: the fewest that contradict each other are named.

    Notes
    -----
    Ages inside a margin keep the reference's proportions, so that what the margins do not show is
    not there.  Fitted to the nation's structure by total, 0-14, 60+, 65+ and sex ratio, Hangzhou's
    five-year groups of 2020 differ from the census by a quarter: at 20-29, where its students and
    workers are, 23 per cent too few, at 15-19 a third too many.

    References
    ----------
    Deming and Stephan (1940), Annals of Mathematical Statistics 11(4), 427-444.  Csiszár (1975),
    Annals of Probability 3(1), 146-158.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> fit = fit_bulletin(
    ...     [Margin.printed("all", 9_000_000), Margin.printed("0-14", 1_100_000),
    ...      Margin.printed("60+", 1_900_000), Margin.printed("65+", 1_300_000)],
    ...     national_reference(), sex_ratio=105.0)
    >>> float(fit.population.sel(age=slice(60, 64)).sum().round(3))
    600000.0
    >>> round(fit.divergence, 4)
    0.0135
    """
    check_single(reference, "reference")
    check_basis(reference, "reference")
    if set(reference.dims) != {"sex", "age"}:
        raise SchemaError(
            f"reference: it has {list(reference.dims)}, needed are sex and age. Select one year "
            "and area."
        )
    reference = reference.transpose("sex", "age")
    q = reference.values.astype(float).ravel()
    rows = [margin_row(m, reference) for m in margins]
    if sex_ratio is not None:
        rows += ratio_rows(sex_ratio, sex_ratio_tolerance, reference)
    for row in rows:  # an exact zero empties its ages
        if row.low == row.high == 0 and (row.cells >= 0).all():
            q = np.where(row.cells > 0, 0.0, q)
    matrix = np.array([r.cells for r in rows]).reshape(len(rows), len(q))
    alive = q > 0
    if not alive.any():
        raise SchemaError("margins: they leave nobody at all. Check the figures.")
    everyone = np.ones(alive.sum())
    weights = np.linalg.lstsq(matrix[:, alive].T, everyone, rcond=None)[0]
    if np.abs(weights @ matrix[:, alive] - everyone).max() > 1e-9:
        raise SchemaError(
            "margins: they do not fix the total. Add the margin 'all', or figures that cover every "
            "age of both sexes."
        )
    if faulty := contradiction(rows, q):
        shown = " and ".join(map(str, faulty))
        raise YilaoError(
            f"margins: {shown} contradict{'' if len(faulty) > 1 else 's'} "
            f"{'each other' if len(faulty) > 1 else 'the reference'}: no population with people at "
            "every age of the reference meets them. Check the figures, their age bounds and basis, "
            "or give the tolerance of rounded ones."
        )
    # The structure counts, not the size: the reference is brought to the published total first.
    x = least_divergent(rows, q * float(weights @ [r.middle for r in rows]) / q.sum())
    values = x.reshape(reference.shape)
    population = xr.DataArray(
        values, dims=reference.dims, coords={d: reference[d].values for d in reference.dims}
    )
    population = written(population, reference, [*sources, *sources_of(reference)])
    population.attrs.pop("date", None)
    if date is not None:
        population = dated(population, date)
    fitted = np.array([(margin_row(m, reference).cells * x).sum() - m.value for m in margins])
    residuals = xr.DataArray(
        fitted,
        dims=("margin",),
        coords={"margin": [m.label for m in margins]},
        attrs={"units": "persons"},
    )
    p, share = x[alive] / x.sum(), reference.values.ravel()[alive]
    share = share / reference.values.sum()
    return BulletinFit(population, residuals, float((p * np.log(p / share)).sum()))
