"""The backward sweep compiled with numba: see `adjoint` for the equations in NumPy.

Rates are triples ``values, row, step`` as in `compiled`; a gradient is ``values, size, step``: that
of member m and step t begins at ``m * size + t * step``.
"""

from __future__ import annotations

import numpy as np

from yilao.engine.compiled import BUFFERS as FORWARD_BUFFERS
from yilao.engine.compiled import forward
from yilao.engine.intrinsics import ONE, TWO, ZERO, U, offset, pointer
from yilao.engine.loops import copy, interpolate, jit, migrants_by_rate, put, row_of

# Buffers of two sexes that a sweep needs beside those of the forward run.
BUFFERS = 8


@jit
def give(grad, o, values, n, once, past):
    """Write a gradient that this step alone makes, or add to one of all steps."""
    if once:
        put(grad, o, values, ZERO, n, past)
    else:
        for a in range(n):
            grad[o + a] += values[a]


@jit
def women_s_price(price, earlier, asfr, f, each, n):
    """What a woman is worth by her births, at both ends of the step."""
    for a in range(ONE, n):
        earlier[a] = each * asfr[f + a]
        price[a] += earlier[a]


@jit
def through_survival(d_survival, earlier, price, surv, s, state, p, mig, g, early, n):
    """Prices of survivors to the ratios, and to those exposed one age younger."""
    for a in range(ONE, n - ONE):
        d_survival[a] = price[a] * (state[p + a - ONE] + early * mig[g + a - ONE])
    for a in range(n - TWO):
        earlier[a] += price[a + ONE] * surv[s + a + ONE]


@jit
def through_spectrum(d_survival, earlier, d_migrants, price, surv, s, state, p, mig, g, c, n):
    """Like `through_survival`, with migrants at mid-year."""
    for a in range(ONE, n - ONE):
        d_survival[a] = price[a] * (state[p + a - ONE] + c * mig[g + a] / 2)
        d_migrants[a] = price[a] * (1.0 + surv[s + a]) / 2
    for a in range(n - TWO):
        earlier[a] += price[a + ONE] * surv[s + a + ONE]


@jit
def scaled(out, values, c, n):
    """Values times c."""
    for a in range(n):
        out[a] = c * values[a]


@jit
def add_scaled(out, values, c, n):
    """Add values times c."""
    for a in range(n):
        out[a] += c * values[a]


@jit
def dot(x, y, j, n):
    """Sum of products."""
    total = 0.0
    for a in range(n):
        total += x[a] * y[j + a]
    return total


@jit
def by_rate(out, earlier, d_migrants, rate, r, state, p, width, n):
    """Gradient of migration rates; what it adds to the price of those at the start."""
    for a in range(n):
        d = width * d_migrants[a]
        out[a] = d * state[p + a]
        earlier[a] += d * rate[r + a]


@jit
def mean_women(out, each, state, p, q, mig, g, early, late, n):
    """Gradient of fertility: a birth's price times the mean women; the youngest have no births."""
    out[0] = 0.0
    for a in range(ONE, n):
        out[a] = each * (state[p + a] + state[q + a] + (early - late) * mig[g + a]) / 2


@jit
def between_rows(grad, low, d_survival, mix, cells):
    """Share the gradient of ratios out to two rows of a surface."""
    for a in range(cells):
        grad[low + a] += d_survival[a] * (1.0 - mix)
        grad[low + cells + a] += d_survival[a] * mix


@jit
def slope(surf, low, high, d_survival, cells):
    """What one more level is worth: the gradient times the difference of two rows."""
    total = 0.0
    for a in range(cells):
        total += d_survival[a] * (surf[high + a] - surf[low + a])
    return total


@jit
def backward(
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
    none,
    g_base,
    g_survival,
    g_open,
    g_surface,
    g_level,
    g_asfr,
    g_tfr,
    g_srb,
    g_migration,
    g_total,
    g_rate,
    members,
    past,
    negative,
    population,
    births,
    scratch,
):
    """Gradients of members ``begin`` … ``end`` - 1, one by one: forward, then back for a measure.

    ``population`` and ``births`` hold the path of one member, which stays in the cache.  Returns
    the first member with a value out of bounds, or -1.
    """
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
    gb_all, gb_size, _ = g_base
    gs_all, gs_size, gs_step = g_survival
    go, go_size, go_step = g_open
    gu_all, gu_size, _ = g_surface
    gl, gl_size, gl_step = g_level
    ga_all, ga_size, ga_step = g_asfr
    gt, gt_size, gt_step = g_tfr
    gr, gr_size, gr_step = g_srb
    gm_all, gm_size, gm_step = g_migration
    gx, gx_size, gx_step = g_total
    gq_all, gq_size, gq_step = g_rate
    n = ages
    cells = TWO * n
    padded = (cells + U(15)) // U(16) * U(16)
    last = n - ONE
    has_surface, has_open, has_tfr = surf_all.size > 0, opn.size > 0, tf.size > 0
    has_migration, has_total, has_rate = mgr_all.size > 0, tot.size > 0, rat_all.size > 0
    surv, surf, asf = pointer(surv_all), pointer(surf_all), pointer(asf_all)
    mgr, rat, state = pointer(mgr_all), pointer(rat_all), pointer(population)
    gb, gs, gu, ga = pointer(gb_all), pointer(gs_all), pointer(gu_all), pointer(ga_all)
    gm, gq, weight = pointer(gm_all), pointer(gq_all), pointer(weights)
    # The forward run has two states and the first buffers for itself.
    ratios = offset(pointer(scratch), U(2 + FORWARD_BUFFERS) * padded)
    moving = offset(ratios, padded)
    price = offset(moving, padded)
    late_price = offset(price, padded)
    earlier = offset(late_price, padded)
    d_survival = offset(earlier, padded)
    d_migrants = offset(d_survival, padded)
    shown = offset(d_migrants, padded)
    for a in range(padded):
        moving[a] = 0.0
    ratio = ratios if has_surface else surv
    counts_of = mgr if has_migration else moving
    mig = counts_of if has_migration and not has_rate else moving
    for member in range(begin, end):
        m = U(member)
        bad = forward(
            m, m + ONE, steps, ages, width, spectrum, start, before, after, base, survival,
            survival_open, surface, levels, level, asfr, tfr, srb, migration, total, rate, lx,
            big_lx, none, ZERO, spans, span_of, ZERO, counts, first_look, bounds, population,
            births, none, none, none, none, none, False, m, negative, scratch,
        )  # fmt: skip
        if bad >= 0:
            return bad
        for k in range(measures):
            cell = k * members + m
            copy(price, ZERO, weight, steps * weight_step + k * padded, cells)
            j = ZERO
            for back in range(steps):
                t = steps - ONE - back
                p = t * cells
                q = p + cells
                low, mix, s, span = ZERO, 0.0, ZERO, 1.0
                if has_surface:
                    x = lev[lev_row[m] + t * lev_step]
                    j = row_of(levels, x, j)
                    span = levels[j + ONE] - levels[j]
                    mix = (x - levels[j]) / span
                    low = surf_row[m] + j * surf_step
                    interpolate(ratios, surf, low, low + surf_step, mix, cells)
                else:
                    s = surv_row[m] + t * surv_step
                c, g = 0.0, ZERO
                if has_migration:
                    c, g = 1.0, mgr_row[m] + t * mgr_step
                    if has_total:
                        c = tot[tot_row[m] + t * tot_step]
                factor, profile = c, g
                r = ZERO
                if has_rate:
                    r = rat_row[m] + t * rat_step
                    # Without counts zeros are read.
                    migrants_by_rate(moving, counts_of, g, c, rat, r, state, p, width, cells)
                    c, g = 1.0, ZERO
                early, late = start * c, after * c
                f = asf_row[m] + t * asf_step
                # Births of a step per woman and unit of what ``asfr`` holds, a rate or a pattern.
                scale = tf[tf_row[m] + t * tf_step] if has_tfr else width
                girls, boys_born = births[TWO * t], births[TWO * t + ONE]
                boys = sr[sr_row[m] + t * sr_step]
                first_f, first_m = ratio[s], ratio[s + n]
                new_f, new_m = price[ZERO], price[n]
                per_f, per_m = new_f * first_f, new_m * first_m
                d_births = (per_f + boys * per_m) / (1.0 + boys)
                if gr.size > 0:
                    d = (girls + boys_born) * (per_m - per_f) / (1.0 + boys) ** 2
                    gr[cell * gr_size + t * gr_step] += d
                if ga_all.size > 0:
                    each = d_births * scale
                    mean_women(shown, each, state, p, q, mig, g, early, late, n)
                    give(ga, cell * ga_size + t * ga_step, shown, n, ga_step > ZERO, past)
                if gt.size > 0:
                    # Births of the pattern at level 1.
                    if scale != 0.0:
                        d = d_births * (girls + boys_born) / scale
                    else:
                        mean_women(shown, d_births, state, p, q, mig, g, early, late, n)
                        d = dot(shown, asf, f, n)
                    gt[cell * gt_size + t * gt_step] += d
                # From here ``price`` is that of people before the late migrants, newborns apart.
                if after != 0.0:
                    scaled(late_price, price, after, cells)
                price[ZERO] = 0.0
                price[n] = 0.0
                for a in range(cells):
                    earlier[a] = 0.0
                women_s_price(price, earlier, asf, f, d_births * scale / 2, n)
                if spectrum:
                    through_spectrum(
                        d_survival, earlier, d_migrants, price, ratio, s, state, p, mig, g, c, cells
                    )
                else:
                    through_survival(
                        d_survival, earlier, price, ratio, s, state, p, mig, g, early, cells
                    )
                # Newborns and the open groups, which the loops took for one row of ages.
                d_survival[ZERO] = new_f * girls
                d_survival[n] = new_m * boys_born
                if spectrum:
                    d_survival[ZERO] += new_f * c * mig[g] * 2.0 / 3
                    d_survival[n] += new_m * c * mig[g + n] * 2.0 / 3
                    d_migrants[ZERO] = new_f * (1.0 + 2.0 * first_f) / 3
                    d_migrants[n] = new_m * (1.0 + 2.0 * first_m) / 3
                for sex in range(TWO):
                    e, ps, ss, gg = sex * n, p + sex * n, s + sex * n, g + sex * n
                    closing = ratio[ss + last]
                    still = closing
                    if has_open:
                        still = opn[opn_row[m] + t * opn_step + sex]
                    younger = state[ps + last - ONE] + early * mig[gg + last - ONE]
                    older = state[ps + last] + early * mig[gg + last]
                    d = price[e + last]
                    d_people, d_closing = 0.0, 0.0
                    if spectrum:
                        people = younger + older
                        alive = younger * closing + older * still
                        if people > 0.0:
                            d_migrants[e + last] = d * (1.0 + alive / people) / 2
                            d_people = -d * c * mig[gg + last] * alive / (2 * people * people)
                            d *= 1.0 + c * mig[gg + last] / (2 * people)
                        else:
                            d_migrants[e + last] = d * (1.0 + closing) / 2
                            d_closing = d * c * mig[gg + last] / 2
                    # What a woman of these ages is worth by her births.
                    if sex == ZERO:
                        births_of = d_births * scale / 2
                        earlier[last] = births_of * asf[f + last]
                        earlier[last - ONE] = births_of * asf[f + last - ONE]
                    else:
                        earlier[e + last] = 0.0
                        earlier[e + last - ONE] = 0.0
                    earlier[e + last - ONE] += d * closing + d_people
                    earlier[e + last] += d * still + d_people
                    d_survival[e + last] = d * younger + d_closing
                    if has_open:
                        if go.size > 0:
                            go[cell * go_size + t * go_step + sex] += d * older
                    else:
                        d_survival[e + last] += d * older
                if not spectrum:
                    scaled(d_migrants, price, before, cells)
                    d_migrants[ZERO] = before * new_f
                    d_migrants[n] = before * new_m
                if after != 0.0:
                    add_scaled(d_migrants, late_price, 1.0, cells)
                if start != 0.0:
                    add_scaled(d_migrants, earlier, start, cells)
                if has_rate:
                    by_rate(shown, earlier, d_migrants, rat, r, state, p, width, cells)
                    give(gq, cell * gq_size + t * gq_step, shown, cells, gq_step > ZERO, past)
                if gx.size > 0:
                    gx[cell * gx_size + t * gx_step] += dot(d_migrants, mgr, profile, cells)
                if gm_all.size > 0:
                    if has_total:
                        scaled(d_migrants, d_migrants, factor, cells)
                    give(gm, cell * gm_size + t * gm_step, d_migrants, cells, gm_step > ZERO, past)
                if gs_all.size > 0:
                    give(gs, cell * gs_size + t * gs_step, d_survival, cells, gs_step > ZERO, past)
                if gl.size > 0:
                    d = slope(surf, low, low + surf_step, d_survival, cells) / span
                    gl[cell * gl_size + t * gl_step] += d
                if gu_all.size > 0:
                    between_rows(gu, cell * gu_size + j * cells, d_survival, mix, cells)
                w = t * weight_step + k * padded
                for a in range(cells):
                    price[a] = earlier[a] + weight[w + a]
            copy(gb, cell * gb_size, price, ZERO, cells)
    # Names the buffers once more, so that they live as long as the pointers to them.
    scratch[0] = population[0] = 0.0
    return np.int64(-1)
