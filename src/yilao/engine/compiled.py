"""The same projection compiled with numba, one member at a time.

The state of a member stays in the first-level cache; a full population is written once, straight
into the result.  Every array is flat and is read at an offset: offsets are unsigned, which keeps
numba from testing for negative indices and lets the loops over ages vectorise (measured with 101
ages and two sexes: six weighted sums 52 ns by offsets, 77-118 ns by array views).

A rate is a triple ``values, row, step``: member m at step t begins at ``row[m] + t * step``; a rate
shared by all members has row 0, one without years has step 0.  An absent rate has no values.
"""

from __future__ import annotations

import numba as nb
import numpy as np

# Reassociation lets sums vectorise; NaN and infinity keep their meaning.
_jit = nb.njit(
    nogil=True, boundscheck=False, error_model="numpy", fastmath={"reassoc", "contract", "nsz"}
)
U = nb.uintp
ZERO, ONE, TWO = U(0), U(1), U(2)


@_jit
def _advance(state, q, p, surv, s, mig, m, start, before, n):  # type: ignore[no-untyped-def]
    """Q[a] = (P[a-1] + start M[a-1]) S[a] + before M[a], a = 1 … n - 1."""
    for a in range(ONE, n):
        survivors = (state[p + a - ONE] + start * mig[m + a - ONE]) * surv[s + a]
        state[q + a] = survivors + before * mig[m + a]


@_jit
def _advance_surface(state, q, p, surf, low, high, w, mig, m, start, before, n):  # type: ignore[no-untyped-def]
    """Like `_advance`, with the ratio interpolated between two rows of a survival surface."""
    for a in range(ONE, n):
        s = surf[low + a] + w * (surf[high + a] - surf[low + a])
        survivors = (state[p + a - ONE] + start * mig[m + a - ONE]) * s
        state[q + a] = survivors + before * mig[m + a]


@_jit
def _advance_spectrum(state, q, p, surv, s, mig, m, c, n):  # type: ignore[no-untyped-def]
    """Q[a] = P[a-1] S[a] + M[a] (1 + S[a]) / 2, a = 1 … n - 1."""
    for a in range(ONE, n):
        ratio = surv[s + a]
        state[q + a] = state[p + a - ONE] * ratio + c * mig[m + a] * (1.0 + ratio) / 2


@_jit
def _interpolate(out, surf, low, high, w, n):  # type: ignore[no-untyped-def]
    for a in range(n):
        out[a] = surf[low + a] + w * (surf[high + a] - surf[low + a])


@_jit
def _migrants_by_rate(out, mig, m, c, rate, r, state, p, width, n):  # type: ignore[no-untyped-def]
    for a in range(n):
        out[a] = c * mig[m + a] + width * rate[r + a] * state[p + a]


@_jit
def _births(asfr, f, state, p, q, mig, m, start, first, last):  # type: ignore[no-untyped-def]
    """Sum of f (X + Q) over the fertile ages of women, with X = P + start M."""
    total = 0.0
    for a in range(first, last):
        total += asfr[f + a] * (state[p + a] + start * mig[m + a] + state[q + a])
    return total


@_jit
def _weighted_sum(weights, w, state, q, first, last):  # type: ignore[no-untyped-def]
    total = 0.0
    for a in range(first, last):
        total += weights[w + a] * state[q + a]
    return total


@_jit
def _measure(weights, w, state, q, spans, first, last):  # type: ignore[no-untyped-def]
    """Weighted sum over the spans of cells in which a measure has weights."""
    value = 0.0
    for i in range(first, last):
        value += _weighted_sum(weights, w, state, q, spans[TWO * i], spans[TWO * i + ONE])
    return value


@_jit
def _copy(out, o, values, n):  # type: ignore[no-untyped-def]
    for a in range(n):
        out[o + a] = values[a]


@_jit
def _move(out, o, mig, g, early, late, n):  # type: ignore[no-untyped-def]
    for a in range(ONE, n):
        out[o + a] = early * mig[g + a - ONE] + late * mig[g + a]


@_jit
def _add(state, q, mig, m, c, n):  # type: ignore[no-untyped-def]
    for a in range(n):
        state[q + a] += c * mig[m + a]


@_jit
def _any_negative(bits, state, q, n):  # type: ignore[no-untyped-def]
    """Whether a cell is below zero: the sign bits first, all at once, then the cells if need be."""
    signs = np.int64(0)
    for a in range(n):
        signs |= bits[q + a]
    if signs >= 0:
        return False
    for a in range(n):  # noqa: SIM110 - numba compiles no any() of a generator
        if state[q + a] < 0.0:
            return True
    return False


@_jit
def _cohort_deaths(out, state, p, surv, s, mig, m, start, n):  # type: ignore[no-untyped-def]
    for a in range(ONE, n):
        out[a] = (state[p + a - ONE] + start * mig[m + a - ONE]) * (1.0 - surv[s + a])


@_jit
def _spectrum_deaths(out, state, p, surv, s, mig, m, c, n):  # type: ignore[no-untyped-def]
    for a in range(ONE, n):
        dying = 1.0 - surv[s + a]
        out[a] = (state[p + a - ONE] + c * mig[m + a] / 2) * dying


# Not contracted: fusing L - n l loses the small difference that the factors are made of.
_exact = nb.njit(nogil=True, boundscheck=False, error_model="numpy", fastmath={"reassoc", "nsz"})


@_exact
def _period_deaths(out, o, coh, d, lx, x, big, b, width, n):  # type: ignore[no-untyped-def]
    """Deaths by age at death from cohort deaths, with Buettner's separation factors."""
    last = n - ONE
    for a in range(ONE, last - ONE):
        before = (big[b + a - ONE] - width * lx[x + a]) / (big[b + a - ONE] - big[b + a])
        after = (big[b + a] - width * lx[x + a + ONE]) / (big[b + a] - big[b + a + ONE])
        out[o + a] = (1.0 - before) * coh[d + a] + after * coh[d + a + ONE]
    first = (big[b] - width * lx[x + ONE]) / (big[b] - big[b + ONE])
    out[o] = coh[d] + first * coh[d + ONE]
    a = last - ONE
    before = (big[b + a - ONE] - width * lx[x + a]) / (big[b + a - ONE] - big[b + a])
    after = (big[b + a] - width * lx[x + last]) / big[b + a]
    out[o + a] = (1.0 - before) * coh[d + a] + after * coh[d + last]
    out[o + last] = (1.0 - after) * coh[d + last]


@_jit
def _within(values, v, n, low, high):  # type: ignore[no-untyped-def]
    """Whether n values lie within low and high; NaN does not."""
    for block in range(ZERO, n, U(256)):
        good = True
        for i in range(block, min(block + U(256), n)):
            x = values[v + i]
            good &= (x >= low) & (x <= high)
        if not good:
            return False
    return True


@_jit
def forward(  # type: ignore[no-untyped-def]
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
    fertile_first,
    fertile_last,
    weights,
    weight_step,
    spans,
    span_of,
    measures,
    counts,
    bounds,
    population,
    births,
    mothers,
    deaths,
    period,
    moved,
    sums,
    negative,
):
    """Project members ``begin`` … ``end`` - 1; outputs of length 0 are not wanted.

    Before a member is projected the values of its own rates are checked, while they are in the
    cache anyway: ``counts`` values of each rate must lie within its row of ``bounds`` (0: checked
    before).  Returns the first member that fails, or -1.
    """
    # Unpacked once: reading an array from a tuple inside the loops would count references, and two
    # threads counting on one array halve the speed.
    base_values, base_row, _ = base
    surv, surv_row, surv_step = survival
    opn, opn_row, opn_step = survival_open
    surf, surf_row, _ = surface
    lev, lev_row, lev_step = level
    asf, asf_row, asf_step = asfr
    tf, tf_row, tf_step = tfr
    sr, sr_row, sr_step = srb
    mgr, mgr_row, mgr_step = migration
    tot, tot_row, tot_step = total
    rat, rat_row, rat_step = rate
    lxv, lxv_row, lxv_step = lx
    big, big_row, big_step = big_lx
    n = ages
    cells = TWO * n
    last = n - ONE
    keep = population.size > 0
    # Without a full result the state swings between two halves of a buffer.
    state = population if keep else np.empty(TWO * cells)
    bits = state.view(np.int64)
    ratios = np.empty(cells)
    moving = np.zeros(cells)
    cohort = np.empty(cells)
    has_surface = surf.size > 0
    has_migration = mgr.size > 0
    has_total = tot.size > 0
    has_rate = rat.size > 0
    has_open = opn.size > 0
    has_tfr = tf.size > 0
    want_deaths = deaths.size > 0
    want_period = period.size > 0
    write_ratios = has_surface and (want_deaths or want_period or spectrum)
    fused = has_surface and not write_ratios
    ratio = ratios if write_ratios else surv
    counted = mgr if has_migration else base_values
    mig = counted if has_migration and not has_rate else moving
    for member in range(begin, end):
        m = U(member)
        good = True
        if counts[0] > ZERO:
            good &= _within(surv, surv_row[m], counts[0], bounds[0, 0], bounds[0, 1])
        if counts[1] > ZERO:
            good &= _within(opn, opn_row[m], counts[1], bounds[1, 0], bounds[1, 1])
        if counts[3] > ZERO:
            good &= _within(lev, lev_row[m], counts[3], bounds[3, 0], bounds[3, 1])
        if counts[4] > ZERO:
            good &= _within(asf, asf_row[m], counts[4], bounds[4, 0], bounds[4, 1])
        if counts[5] > ZERO:
            good &= _within(tf, tf_row[m], counts[5], bounds[5, 0], bounds[5, 1])
        if counts[6] > ZERO:
            good &= _within(sr, sr_row[m], counts[6], bounds[6, 0], bounds[6, 1])
        if counts[7] > ZERO:
            good &= _within(mgr, mgr_row[m], counts[7], bounds[7, 0], bounds[7, 1])
        if counts[8] > ZERO:
            good &= _within(tot, tot_row[m], counts[8], bounds[8, 0], bounds[8, 1])
        if counts[9] > ZERO:
            good &= _within(rat, rat_row[m], counts[9], bounds[9, 0], bounds[9, 1])
        if counts[10] > ZERO:
            good &= _within(lxv, lxv_row[m], counts[10], bounds[10, 0], bounds[10, 1])
        if counts[11] > ZERO:
            good &= _within(big, big_row[m], counts[11], bounds[11, 0], bounds[11, 1])
        if counts[12] > ZERO:
            good &= _within(base_values, base_row[m], counts[12], bounds[12, 0], bounds[12, 1])
        if not good:
            return np.int64(member)
        p = m * (steps + ONE) * cells if keep else ZERO
        b = base_row[m]
        for a in range(cells):
            state[p + a] = base_values[b + a]
        for k in range(measures):
            sums[m * (steps + ONE) * measures + k] = _measure(
                weights, k * cells, state, p, spans, span_of[k], span_of[k + ONE]
            )
        j = ZERO
        for t in range(steps):
            q = p + cells if keep else cells - p
            # Survival ratios: own, or a surface read at the level of this member and step.
            low, high, mix = ZERO, ZERO, 0.0
            s = ZERO
            if has_surface:
                x = lev[lev_row[m] + t * lev_step]
                # From the row of the last step: levels move slowly.
                while j + TWO < levels.size and x >= levels[j + ONE]:
                    j += ONE
                while j > ZERO and x < levels[j]:
                    j -= ONE
                mix = (x - levels[j]) / (levels[j + ONE] - levels[j])
                low = surf_row[m] + j * cells
                high = low + cells
                if write_ratios:
                    _interpolate(ratios, surf, low, high, mix, cells)
            else:
                s = surv_row[m] + t * surv_step
            # Net migrants M = c * mig[…].
            c, g = 0.0, ZERO
            if has_migration:
                c, g = 1.0, mgr_row[m] + t * mgr_step
                if has_total:
                    c = tot[tot_row[m] + t * tot_step]
            if has_rate:
                r = rat_row[m] + t * rat_step
                # Without counts the base is read with factor 0.
                g = g if has_migration else b
                _migrants_by_rate(moving, counted, g, c, rat, r, state, p, width, cells)
                c, g = 1.0, ZERO
            born = m * steps + t
            d = born * cells
            # Both sexes in one loop, longer loops being faster; what it carries over from the
            # oldest women to the youngest men, and into the open groups, is overwritten below.
            if fused:
                _advance_surface(
                    state, q, p, surf, low, high, mix, mig, g, start * c, before * c, cells
                )
            elif spectrum:
                _advance_spectrum(state, q, p, ratio, s, mig, g, c, cells)
            else:
                _advance(state, q, p, ratio, s, mig, g, start * c, before * c, cells)
            if want_deaths or want_period:
                if spectrum:
                    _spectrum_deaths(cohort, state, p, ratio, s, mig, g, c, cells)
                else:
                    _cohort_deaths(cohort, state, p, ratio, s, mig, g, start * c, cells)
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
                    o = opn_row[m] + t * opn_step + sex
                    still = opn[o]
                alive = younger * closing + older * still
                arriving = before * c * mig[gs + last]
                open_deaths = younger + older - alive
                if spectrum:
                    exposed = alive + open_deaths
                    factor = (alive + open_deaths / 2) / exposed if exposed > 0 else 1.0
                    arriving = c * mig[gs + last] * factor
                    open_deaths += c * mig[gs + last] * (1.0 - factor)
                state[qs + last] = alive + arriving
                cohort[sex * n + last] = open_deaths
            # Births to the mean of the women at the start and before the end of the step.
            f = asf_row[m] + t * asf_step
            scale = 0.5 * width
            if has_tfr:
                scale *= tf[tf_row[m] + t * tf_step]
            newborn = scale * _births(
                asf, f, state, p, q, mig, g, start * c, fertile_first, fertile_last
            )
            if mothers.size > 0:
                for a in range(n):
                    mothers[born * n + a] = 0.0
                for a in range(fertile_first, fertile_last):
                    women = state[p + a] + start * c * mig[g + a] + state[q + a]
                    mothers[born * n + a] = scale * asf[f + a] * women
            boys = sr[sr_row[m] + t * sr_step]
            girls_born = newborn / (1.0 + boys)
            for sex in range(TWO):
                of_sex = girls_born * boys if sex == ONE else girls_born
                if births.size > 0:
                    births[born * TWO + sex] = of_sex
                if fused:
                    first = surf[low + sex * n]
                    first += mix * (surf[high + sex * n] - first)
                else:
                    first = ratio[s + sex * n]
                infants = c * mig[g + sex * n]
                if spectrum:
                    state[q + sex * n] = of_sex * first + infants * (1.0 + 2.0 * first) / 3
                    cohort[sex * n] = (of_sex + infants * 2.0 / 3) * (1.0 - first)
                else:
                    state[q + sex * n] = of_sex * first + before * infants
                    cohort[sex * n] = of_sex * (1.0 - first)
            if after != 0.0:
                _add(state, q, mig, g, after * c, cells)
            leaving = (has_migration or has_rate) and negative[m] == 0
            if leaving and _any_negative(bits, state, q, cells):
                negative[m] = t + ONE
            if want_deaths:
                _copy(deaths, d, cohort, cells)
            if want_period:
                lo = lxv_row[m] + t * lxv_step
                bo = big_row[m] + t * big_step
                for sex in range(TWO):
                    o = sex * n
                    _period_deaths(period, d + o, cohort, o, lxv, lo + o, big, bo + o, width, n)
            if moved.size > 0:
                late = c if spectrum else (before + after) * c
                _move(moved, d, mig, g, start * c, late, cells)
                for sex in range(TWO):
                    o, gs = d + sex * n, g + sex * n
                    moved[o] = late * mig[gs]
                    moved[o + last] += start * c * mig[gs + last]
            for k in range(measures):
                sums[(m * (steps + ONE) + t + ONE) * measures + k] = _measure(
                    weights,
                    (t + ONE) * weight_step + k * cells,
                    state,
                    q,
                    spans,
                    span_of[k],
                    span_of[k + ONE],
                )
            p = q
    return np.int64(-1)
