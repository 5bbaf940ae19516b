"""The same projection compiled with numba: the state of a member stays in the first-level cache.

A rate is a triple ``values, row, step``: member m at step t begins at ``row[m] + t * step``; a rate
shared by all members has row 0, one without years has step 0.  An absent rate has no values.
"""

from __future__ import annotations

import numpy as np

from yilao.engine.intrinsics import ONE, TWO, ZERO, U, bits, fence, offset, pointer
from yilao.engine.life_tables import fits, period_deaths
from yilao.engine.loops import (
    CROWD,
    LARGEST,
    MOST,
    add,
    advance,
    advance_spectrum,
    advance_surface,
    any_left_short,
    any_negative,
    cohort_deaths,
    copy,
    interpolate,
    jit,
    migrants_by_rate,
    move,
    put,
    row_of,
    spectrum_deaths,
    within,
)
from yilao.engine.weighted import all_measures

# Buffers of two sexes beside the states: ratios, migrants, deaths, separation factors, results.
BUFFERS = 5
# Rates in the order of ``counts``, ``first_look`` and ``bounds``, before the base.
RATES = (
    "survival",
    "survival_open",
    "surface",
    "level",
    "asfr",
    "tfr",
    "srb",
    "migration",
    "total",
    "migration_rate",
    "lx",
    "person_years",
)
SURVIVAL, ASFR, MIGRATION, LX, PERSON_YEARS = (
    U(RATES.index(n)) for n in ("survival", "asfr", "migration", "lx", "person_years")
)


@jit
def forward(
    begin,
    end,
    steps,
    ages,
    width,
    spectrum,
    start,
    before,
    after,
    base,
    survival,
    survival_open,
    surface,
    levels,
    level,
    asfr,
    tfr,
    srb,
    migration,
    total,
    rate,
    lx,
    big_lx,
    weights,
    weight_step,
    spans,
    span_of,
    measures,
    counts,
    first_look,
    bounds,
    population,
    births,
    mothers,
    deaths,
    period,
    moved,
    sums,
    past,
    origin,
    negative,
    scratch,
):
    """Project members ``begin`` … ``end`` - 1; outputs of length 0 are not wanted.

    The values of a member's own rates are checked while they are in the cache anyway: ``counts``
    values of each rate must lie within its row of ``bounds`` (0: checked before), ``first_look``
    of them before the member begins.  Returns the
    first member that fails, or -1.  ``past``: results are too large for the cache; ``origin``: the
    member whose results stand in the first row.
    """
    # Rates come as triples of values, the offset of every member's row, and that of a step.
    base_all, base_row, _ = base
    surv_all, surv_row, surv_step = survival
    opn, opn_row, opn_step = survival_open
    surf_all, surf_row, surf_step = surface
    lev, lev_row, lev_step = level
    asf_all, asf_row, asf_step = asfr
    tf, tf_row, tf_step = tfr
    sr, sr_row, sr_step = srb
    mgr_all, mgr_row, mgr_step = migration
    tot, tot_row, tot_step = total
    rat_all, rat_row, rat_step = rate
    lxv_all, lxv_row, lxv_step = lx
    big_all, big_row, big_step = big_lx
    n = ages
    cells = TWO * n
    # Filled up with zeros, so that sums need no last cells of their own.
    padded = (cells + U(15)) // U(16) * U(16)
    last = n - ONE
    # Ages whose births are counted by eights; never the open group, which stands only later.
    women = last // U(8) * U(8)
    has_surface = surf_all.size > 0
    has_migration = mgr_all.size > 0
    has_total = tot.size > 0
    has_rate = rat_all.size > 0
    has_open = opn.size > 0
    has_tfr = tf.size > 0
    keep = population.size > 0
    want_births = births.size > 0
    want_mothers = mothers.size > 0
    want_deaths = deaths.size > 0
    want_period = period.size > 0
    want_moved = moved.size > 0
    write_ratios = has_surface and (want_deaths or want_period or spectrum)
    fused = has_surface and not write_ratios
    base_values, surv, surf = pointer(base_all), pointer(surv_all), pointer(surf_all)
    asf, mgr, rat = pointer(asf_all), pointer(mgr_all), pointer(rat_all)
    lxv, big, limits = pointer(lxv_all), pointer(big_all), pointer(bounds)
    people, born_to = pointer(population), pointer(mothers)
    died, parted, went, summed = pointer(deaths), pointer(period), pointer(moved), pointer(sums)
    weight, span, spanned = pointer(weights), pointer(spans), pointer(span_of)
    # The state of a member swings between the two halves of its buffer.
    state = pointer(scratch)
    for a in range(TWO * padded):
        state[a] = 0.0
    ratios = offset(state, TWO * padded)
    moving = offset(ratios, cells)
    cohort = offset(moving, cells)
    parting = offset(cohort, cells)
    shown = offset(parting, cells)
    ratio = ratios if write_ratios else surv
    counted = mgr if has_migration else base_values
    mig = counted if has_migration and not has_rate else moving
    for a in range(cells):
        moving[a] = 0.0
    # Rates that are not looked at before their member begins are checked where they are used.
    own = counts[SURVIVAL] > first_look[SURVIVAL]
    own_asfr = counts[ASFR] > first_look[ASFR]
    own_mig = counts[MIGRATION] > first_look[MIGRATION]
    # Tables that all share were checked before.
    own_table = counts[LX] > ZERO or counts[PERSON_YEARS] > ZERO
    lx_high = bits(bounds[LX, 1]) if counts[LX] > ZERO else LARGEST
    asfr_high = bounds[ASFR, 1] if own_asfr else MOST
    ahead = surv_step if own else ZERO
    mig_ahead = mgr_step if own_mig else ZERO
    asf_ahead = asf_step if own_asfr else ZERO
    x_ahead = lxv_step if counts[LX] > ZERO else ZERO
    b_ahead = big_step if counts[PERSON_YEARS] > ZERO else ZERO
    # In the order of `RATES`.
    values = (
        surv, pointer(opn), surf, pointer(lev), asf, pointer(tf), pointer(sr), mgr, pointer(tot),
        rat, lxv, big, base_values,
    )  # fmt: skip
    rows = (
        pointer(surv_row), pointer(opn_row), pointer(surf_row), pointer(lev_row),
        pointer(asf_row), pointer(tf_row), pointer(sr_row), pointer(mgr_row), pointer(tot_row),
        pointer(rat_row), pointer(lxv_row), pointer(big_row), pointer(base_row),
    )  # fmt: skip
    for member in range(begin, end):
        m = U(member)
        good = True
        for i in range(len(values)):
            if first_look[i] > ZERO:
                at = rows[i][m]
                good &= within(values[i], at, first_look[i], limits, U(i))
        if own_table and not want_period and good:
            good &= fits(lxv, lxv_row[m], lxv_step, big, big_row[m], big_step, steps, width, n)
        if not good:
            return np.int64(m)
        copy(state, ZERO, base_values, base_row[m], cells)
        # Results of this member stand in this row.
        row = m - origin
        path = row * (steps + ONE)
        if keep:
            put(people, path * cells, state, ZERO, cells, past)
        all_measures(
            weight, ZERO, padded, state, ZERO, span, spanned, measures, summed, path * measures
        )
        # Where the rates of the step lie.
        s = ZERO if has_surface else surv_row[m]
        g = mgr_row[m] if has_migration and not has_rate else ZERO
        at_counts, r, f = mgr_row[m], rat_row[m], asf_row[m]
        at_open, at_level, at_tfr = opn_row[m], lev_row[m], tf_row[m]
        at_srb, at_total, lo, bo = sr_row[m], tot_row[m], lxv_row[m], big_row[m]
        low_row = surf_row[m]
        looked, below = False, negative[m] != 0
        j = ZERO
        p = ZERO
        for t in range(steps):
            q = padded - p
            # Survival ratios: own, or a surface read at the level of this member and step.
            low, high, mix = ZERO, ZERO, 0.0
            if has_surface:
                x = lev[at_level]
                j = row_of(levels, x, j)
                mix = (x - levels[j]) / (levels[j + ONE] - levels[j])
                low = low_row + j * surf_step
                high = low + surf_step
                if write_ratios:
                    interpolate(ratios, surf, low, high, mix, cells)
            # Net migrants M = c * mig[…].
            c = 0.0
            if has_migration:
                c = tot[at_total] if has_total else 1.0
            if has_rate:
                # Without counts the base is read with factor 0.
                from_row = at_counts if has_migration else base_row[m]
                migrants_by_rate(moving, counted, from_row, c, rat, r, state, p, width, cells)
                c = 1.0
            # The oldest women stand before the youngest men in this row; a crowd in their place
            # keeps men whose newborns leave from looking fewer than none.
            oldest = state[p + last]
            state[p + last] = CROWD
            if fused:
                newborn, doubt = advance_surface(
                    state, q, p, surf, low, high, mix, mig, g, start * c, before * c, asf, f,
                    women, cells,
                )  # fmt: skip
            elif spectrum:
                newborn, doubt = advance_spectrum(
                    state, q, p, ratio, s, mig, g, c, asf, f, women, cells
                )
            else:
                newborn, doubt = advance(
                    state, q, p, ratio, s, ahead, bounds[SURVIVAL, 1], mig, g, mig_ahead, start * c,
                    before * c, asf, f, asf_ahead, asfr_high, women, cells,
                )  # fmt: skip
            state[p + last] = oldest
            if want_deaths or want_period:
                if spectrum:
                    spectrum_deaths(cohort, state, p, ratio, s, mig, g, c, cells)
                else:
                    cohort_deaths(cohort, state, p, ratio, s, mig, g, start * c, cells)
            for sex in range(TWO):
                ps, qs, ss, gs = p + sex * n, q + sex * n, s + sex * n, g + sex * n
                if fused:
                    closing = surf[low + sex * n + last]
                    closing += mix * (surf[high + sex * n + last] - closing)
                else:
                    closing = ratio[ss + last]
                # The open group: the two oldest ages together, or each with its own ratio.
                older = state[ps + last] + start * c * mig[gs + last]
                younger = state[ps + last - ONE] + start * c * mig[gs + last - ONE]
                still = closing
                if has_open:
                    still = opn[at_open + sex]
                alive = younger * closing + older * still
                arriving = before * c * mig[gs + last]
                open_deaths = younger + older - alive
                if spectrum:
                    exposed = alive + open_deaths
                    factor = (1.0 + closing) / 2
                    if exposed > 0.0:
                        factor = (alive + open_deaths / 2) / exposed
                    arriving = c * mig[gs + last] * factor
                    open_deaths += c * mig[gs + last] * (1.0 - factor)
                state[qs + last] = alive + arriving
                cohort[sex * n + last] = open_deaths
            # Births to the mean of the women at the start and before the end of the step: those of
            # the oldest ages, whose open group stands only now.
            for a in range(max(women, ONE), n):
                newborn += asf[f + a] * (state[p + a] + start * c * mig[g + a] + state[q + a])
                doubt |= asf[f + a] < 0.0 or asf[f + a] > asfr_high
            # A pattern sums to 1 over ages: its rates of a year are spread over their width.
            scale = 0.5 * (tf[at_tfr] if has_tfr else width)
            newborn *= scale
            if not looked and (doubt or not abs(newborn) <= MOST):
                # A rate out of bounds, or a cohort below zero?
                looked = True
                if own:
                    good &= within(surv, surv_row[m], counts[SURVIVAL], limits, SURVIVAL)
                if own_mig:
                    good &= within(mgr, mgr_row[m], counts[MIGRATION], limits, MIGRATION)
                if own_asfr:
                    good &= within(asf, asf_row[m], counts[ASFR], limits, ASFR)
            # The youngest have no mothers.
            if not good or (counts[ASFR] > ZERO and asf[f] != 0.0):
                return np.int64(m)
            step = row * steps + t
            if want_mothers:
                shown[0] = 0.0
                for a in range(ONE, n):
                    mean = state[p + a] + start * c * mig[g + a] + state[q + a]
                    shown[a] = scale * asf[f + a] * mean
                put(born_to, step * n, shown, ZERO, n, past)
            boys = sr[at_srb]
            girls_born = newborn / (1.0 + boys)
            for sex in range(TWO):
                of_sex = girls_born * boys if sex == ONE else girls_born
                if want_births:
                    births[step * TWO + sex] = of_sex
                if fused:
                    ratio0 = surf[low + sex * n]
                    ratio0 += mix * (surf[high + sex * n] - ratio0)
                else:
                    ratio0 = ratio[s + sex * n]
                infants = c * mig[g + sex * n]
                if spectrum:
                    state[q + sex * n] = of_sex * ratio0 + infants * (1.0 + 2.0 * ratio0) / 3
                    cohort[sex * n] = (of_sex + infants * 2.0 / 3) * (1.0 - ratio0)
                else:
                    state[q + sex * n] = of_sex * ratio0 + before * infants
                    cohort[sex * n] = of_sex * (1.0 - ratio0)
            if after != 0.0:
                add(state, q, mig, g, after * c, cells)
            # The loops above also see cells that are overwritten, but not newborns and late
            # migrants: on doubt every cell is looked at.
            if (has_migration or has_rate) and not below:
                doubt |= after != 0.0 or state[q] < 0.0 or state[q + n] < 0.0
                doubt |= state[q + last] < 0.0 or state[q + n + last] < 0.0
                if doubt and (
                    any_negative(state, q, cells) or any_left_short(state, p, mig, g, start * c, n)
                ):
                    negative[m] = t + ONE
                    below = True
            d = step * cells
            if keep:
                put(people, d + (row + ONE) * cells, state, q, cells, past)
            if want_deaths:
                put(died, d, cohort, ZERO, cells, past)
            if want_period:
                doubtful = False
                for sex in range(TWO):
                    o = sex * n
                    doubtful |= period_deaths(
                        shown, o, cohort, o, lxv, lo + o, x_ahead, big, bo + o, b_ahead, lx_high,
                        width, n, parting,
                    )  # fmt: skip
                if doubtful and own_table:
                    good &= counts[LX] == 0 or within(lxv, lo, cells, limits, LX)
                    good &= counts[PERSON_YEARS] == 0 or within(
                        big, bo, cells, limits, PERSON_YEARS
                    )
                    good = good and fits(lxv, lo, ZERO, big, bo, ZERO, ONE, width, n)
                if not good:
                    return np.int64(m)
                put(parted, d, shown, ZERO, cells, past)
            if want_moved:
                late = c if spectrum else (before + after) * c
                move(shown, ZERO, mig, g, start * c, late, cells)
                for sex in range(TWO):
                    o, gs = sex * n, g + sex * n
                    shown[o] = late * mig[gs]
                    shown[o + last] += start * c * mig[gs + last]
                put(went, d, shown, ZERO, cells, past)
            all_measures(
                weight, (t + ONE) * weight_step, padded, state, q, span, spanned, measures, summed,
                (path + t + ONE) * measures,
            )  # fmt: skip
            p = q
            s += surv_step
            f += asf_step
            r += rat_step
            at_counts += mgr_step
            if not has_rate:
                g += mgr_step
            at_open += opn_step
            at_level += lev_step
            at_tfr += tf_step
            at_srb += sr_step
            at_total += tot_step
            lo += lxv_step
            bo += big_step
    fence()
    # Names the buffer once more, so that it lives as long as the pointer to it.
    scratch[0] = 0.0
    return np.int64(-1)
