"""The same projection compiled with numba, one member at a time.

The state of a member stays in the first-level cache; a full population is written once, straight
into the result.  Every array is flat and is read through a pointer at an unsigned offset: the loops
over ages then vectorise, and no references are counted.

A rate is a triple ``values, row, step``: member m at step t begins at ``row[m] + t * step``; a rate
shared by all members has row 0, one without years has step 0.  An absent rate has no values.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numba.core import types
from numba.extending import intrinsic

from yilao.engine.rates import EMPTY

# Reassociation lets sums vectorise; NaN and infinity keep their meaning.
_jit = nb.njit(
    nogil=True, boundscheck=False, error_model="numpy", fastmath={"reassoc", "contract", "nsz"}
)
U = nb.uintp


@intrinsic
def pointer(typing, array):  # type: ignore[no-untyped-def]
    """Address of the first value of a contiguous array."""
    kind = types.CPointer(array.dtype)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return kind(array), codegen


@intrinsic
def offset(typing, address, count):  # type: ignore[no-untyped-def]
    """Address ``count`` values further on."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.gep(args[0], [args[1]])

    return address(address, types.uintp), codegen


ZERO, ONE, TWO = U(0), U(1), U(2)


@_jit
def _advance(state, q, p, surv, s, mig, m, start, before, n):  # type: ignore[no-untyped-def]
    """Q[a] = (P[a-1] + start M[a-1]) S[a] + before M[a], a = 1 … n - 1; whether one is negative."""
    negative = False
    for a in range(ONE, n):
        survivors = (state[p + a - ONE] + start * mig[m + a - ONE]) * surv[s + a]
        value = survivors + before * mig[m + a]
        negative |= value < 0.0
        state[q + a] = value
    return negative


@_jit
def _advance_checked(  # type: ignore[no-untyped-def]
    state, q, p, surv, s, mig, m, start, before, n, s_low, s_high, m_low, m_high
):
    """Like `_advance`, looking at the rates on the way: a second reading would cost a third."""
    negative = False
    good = (surv[s] >= s_low) & (surv[s] <= s_high) & (mig[m] >= m_low) & (mig[m] <= m_high)
    for a in range(ONE, n):
        ratio = surv[s + a]
        moving = mig[m + a]
        good &= (ratio >= s_low) & (ratio <= s_high) & (moving >= m_low) & (moving <= m_high)
        value = (state[p + a - ONE] + start * mig[m + a - ONE]) * ratio + before * moving
        negative |= value < 0.0
        state[q + a] = value
    return negative, good


@_jit
def _advance_surface(state, q, p, surf, low, high, w, mig, m, start, before, n):  # type: ignore[no-untyped-def]
    """Like `_advance`, with the ratio interpolated between two rows of a survival surface."""
    negative = False
    for a in range(ONE, n):
        s = surf[low + a] + w * (surf[high + a] - surf[low + a])
        survivors = (state[p + a - ONE] + start * mig[m + a - ONE]) * s
        value = survivors + before * mig[m + a]
        negative |= value < 0.0
        state[q + a] = value
    return negative


@_jit
def _advance_spectrum(state, q, p, surv, s, mig, m, c, n):  # type: ignore[no-untyped-def]
    """Q[a] = P[a-1] S[a] + M[a] (1 + S[a]) / 2, a = 1 … n - 1."""
    negative = False
    for a in range(ONE, n):
        ratio = surv[s + a]
        value = state[p + a - ONE] * ratio + c * mig[m + a] * (1.0 + ratio) / 2
        negative |= value < 0.0
        state[q + a] = value
    return negative


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
def _any_nonzero(values, v, first, last):  # type: ignore[no-untyped-def]
    found = False
    for a in range(first, last):
        found |= values[v + a] != 0.0
    return found


@_jit
def _three_sums(weights, w, step, state, q, n, sums, o):  # type: ignore[no-untyped-def]
    """Three weighted sums over all cells: the state is read once for all (7 ns each, alone 12)."""
    one, two, three = 0.0, 0.0, 0.0
    for a in range(n):
        people = state[q + a]
        one += weights[w + a] * people
        two += weights[w + step + a] * people
        three += weights[w + TWO * step + a] * people
    sums[o] = one
    sums[o + ONE] = two
    sums[o + TWO] = three


@_jit
def _all_measures(  # type: ignore[no-untyped-def]
    weights, w, cells, state, q, spans, span_of, measures, triples, sums, o
):
    """All measures of a state: the first ones by threes, the rest by their spans."""
    k = ZERO
    while k < triples:
        _three_sums(weights, w + k * cells, cells, state, q, cells, sums, o + k)
        k += U(3)
    for i in range(triples, measures):
        sums[o + i] = _measure(
            weights, w + i * cells, state, q, spans, span_of[i], span_of[i + ONE]
        )


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
def _any_negative(state, q, n):  # type: ignore[no-untyped-def]
    found = False
    for a in range(n):
        found |= state[q + a] < EMPTY
    return found


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
def _period_deaths(out, o, coh, d, lx, x, big, b, width, n, factor):  # type: ignore[no-untyped-def]
    """Deaths by age at death from cohort deaths, with Buettner's separation factors."""
    last = n - ONE
    for a in range(last - ONE):
        years = big[b + a]
        dying = years - big[b + a + ONE]
        # Where the table has no deaths there is nothing to part: half to each side.
        factor[a] = (years - width * lx[x + a + ONE]) / dying if dying != 0.0 else 0.5
    factor[last - ONE] = (big[b + last - ONE] - width * lx[x + last]) / big[b + last - ONE]
    out[o] = coh[d] + factor[ZERO] * coh[d + ONE]
    for a in range(ONE, last):
        out[o + a] = (1.0 - factor[a - ONE]) * coh[d + a] + factor[a] * coh[d + a + ONE]
    out[o + last] = (1.0 - factor[last - ONE]) * coh[d + last]


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
    sampled,
    weights,
    weight_step,
    spans,
    span_of,
    measures,
    triples,
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
    scratch,
):
    """Project members ``begin`` … ``end`` - 1; outputs of length 0 are not wanted.

    Before a member is projected the values of its own rates are checked, while they are in the
    cache anyway: ``counts`` values of each rate must lie within its row of ``bounds`` (0: checked
    before).  Returns the first member that fails, or -1.
    """
    # Rates come as triples of values, the offset of every member's row, and that of a step.
    base_all, base_row, _ = base
    surv_all, surv_row, surv_step = survival
    opn, opn_row, opn_step = survival_open
    surf_all, surf_row, _ = surface
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
    last = n - ONE
    keep = population.size > 0
    has_surface = surf_all.size > 0
    has_migration = mgr_all.size > 0
    has_total = tot.size > 0
    has_rate = rat_all.size > 0
    has_open = opn.size > 0
    has_tfr = tf.size > 0
    want_births = births.size > 0
    want_mothers = mothers.size > 0
    want_deaths = deaths.size > 0
    want_period = period.size > 0
    want_moved = moved.size > 0
    write_ratios = has_surface and (want_deaths or want_period or spectrum)
    fused = has_surface and not write_ratios
    # What the loops are handed are bare pointers: an array handed to a function has its references
    # counted, five at every call, which took half of the time and kept two threads waiting for
    # each other.
    base_values, surv, surf = pointer(base_all), pointer(surv_all), pointer(surf_all)
    asf, mgr, rat = pointer(asf_all), pointer(mgr_all), pointer(rat_all)
    lxv, big = pointer(lxv_all), pointer(big_all)
    # Without a full result the state swings between two halves of a buffer.
    buffer = pointer(scratch)
    ratios = offset(buffer, TWO * cells)
    moving = offset(ratios, cells)
    cohort = offset(moving, cells)
    parting = offset(cohort, cells)
    state = pointer(population) if keep else buffer
    died, parted, went, summed = (
        pointer(deaths),
        pointer(period),
        pointer(moved),
        pointer(sums),
    )
    weight, span, spanned = pointer(weights), pointer(spans), pointer(span_of)
    ratio = ratios if write_ratios else surv
    counted = mgr if has_migration else base_values
    mig = counted if has_migration and not has_rate else moving
    for a in range(cells):
        moving[a] = 0.0
    # Own survival and own migration are checked where they are used.
    look = counts[0] > ZERO and counts[7] > ZERO and not (has_rate or has_total or spectrum)
    look = look and not has_surface
    for member in range(begin, end):
        m = U(member)
        good = True
        if counts[0] > ZERO and not look:
            good &= _within(surv, surv_row[m], counts[0], bounds[0, 0], bounds[0, 1])
        if counts[1] > ZERO:
            good &= _within(pointer(opn), opn_row[m], counts[1], bounds[1, 0], bounds[1, 1])
        if counts[3] > ZERO:
            good &= _within(pointer(lev), lev_row[m], counts[3], bounds[3, 0], bounds[3, 1])
        if counts[4] > ZERO:
            good &= _within(asf, asf_row[m], counts[4], bounds[4, 0], bounds[4, 1])
        if counts[5] > ZERO:
            good &= _within(pointer(tf), tf_row[m], counts[5], bounds[5, 0], bounds[5, 1])
        if counts[6] > ZERO:
            good &= _within(pointer(sr), sr_row[m], counts[6], bounds[6, 0], bounds[6, 1])
        if counts[7] > ZERO and not look:
            good &= _within(mgr, mgr_row[m], counts[7], bounds[7, 0], bounds[7, 1])
        if counts[8] > ZERO:
            good &= _within(pointer(tot), tot_row[m], counts[8], bounds[8, 0], bounds[8, 1])
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
        _all_measures(
            weight,
            ZERO,
            cells,
            state,
            p,
            span,
            spanned,
            measures,
            triples,
            summed,
            m * (steps + ONE) * measures,
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
            good = True
            if fused:
                doubt = _advance_surface(
                    state, q, p, surf, low, high, mix, mig, g, start * c, before * c, cells
                )
            elif spectrum:
                doubt = _advance_spectrum(state, q, p, ratio, s, mig, g, c, cells)
            elif look:
                doubt, good = _advance_checked(
                    state,
                    q,
                    p,
                    ratio,
                    s,
                    mig,
                    g,
                    start * c,
                    before * c,
                    cells,
                    bounds[0, 0],
                    bounds[0, 1],
                    bounds[7, 0],
                    bounds[7, 1],
                )
            else:
                doubt = _advance(state, q, p, ratio, s, mig, g, start * c, before * c, cells)
            if not good:
                return np.int64(member)
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
                    factor = (1.0 + closing) / 2
                    if exposed > 0.0:
                        factor = (alive + open_deaths / 2) / exposed
                    arriving = c * mig[gs + last] * factor
                    open_deaths += c * mig[gs + last] * (1.0 - factor)
                state[qs + last] = alive + arriving
                cohort[sex * n + last] = open_deaths
            # Births to the mean of the women at the start and before the end of the step.
            f = asf_row[m] + t * asf_step
            fertile, sterile = fertile_first, fertile_last
            if sampled and (
                _any_nonzero(asf, f, ZERO, fertile) or _any_nonzero(asf, f, sterile, n)
            ):
                # The ages were found from a sample of the rows, which this one is not like.
                fertile, sterile = ONE, n
            scale = 0.5 * width
            if has_tfr:
                scale *= tf[tf_row[m] + t * tf_step]
            newborn = scale * _births(asf, f, state, p, q, mig, g, start * c, fertile, sterile)
            if want_mothers:
                for a in range(n):
                    mothers[born * n + a] = 0.0
                for a in range(fertile, sterile):
                    women = state[p + a] + start * c * mig[g + a] + state[q + a]
                    mothers[born * n + a] = scale * asf[f + a] * women
            boys = sr[sr_row[m] + t * sr_step]
            girls_born = newborn / (1.0 + boys)
            for sex in range(TWO):
                of_sex = girls_born * boys if sex == ONE else girls_born
                if want_births:
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
            # The loops above also see cells that are overwritten, but not newborns and late
            # migrants: on doubt every cell is looked at.
            if (has_migration or has_rate) and negative[m] == 0:
                doubt |= after != 0.0 or state[q] < 0.0 or state[q + n] < 0.0
                doubt |= state[q + last] < 0.0 or state[q + n + last] < 0.0
                if doubt and _any_negative(state, q, cells):
                    negative[m] = t + ONE
            if want_deaths:
                _copy(died, d, cohort, cells)
            if want_period:
                lo = lxv_row[m] + t * lxv_step
                bo = big_row[m] + t * big_step
                for sex in range(TWO):
                    o = sex * n
                    _period_deaths(
                        parted, d + o, cohort, o, lxv, lo + o, big, bo + o, width, n, parting
                    )
            if want_moved:
                late = c if spectrum else (before + after) * c
                _move(went, d, mig, g, start * c, late, cells)
                for sex in range(TWO):
                    o, gs = d + sex * n, g + sex * n
                    went[o] = late * mig[gs]
                    went[o + last] += start * c * mig[gs + last]
            _all_measures(
                weight,
                (t + ONE) * weight_step,
                cells,
                state,
                q,
                span,
                spanned,
                measures,
                triples,
                summed,
                (m * (steps + ONE) + t + ONE) * measures,
            )
            p = q
    # Names the buffer once more, so that it lives as long as the pointer to it.
    scratch[0] = 0.0
    return np.int64(-1)
