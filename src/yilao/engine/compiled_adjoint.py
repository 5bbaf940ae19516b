"""The backward sweep compiled with numba: see `adjoint` for the equations in NumPy.

Arrays are flat and read at unsigned offsets, rates are triples ``values, row, step`` as in
`compiled`; a gradient is a pair ``values, step``, with members in rows of the block.
"""

from __future__ import annotations

from yilao.engine.compiled import (
    ONE,
    TWO,
    ZERO,
    U,
    _interpolate,
    _jit,
    _migrants_by_rate,
    offset,
    pointer,
)


@_jit
def _women(asfr, f, state, p, q, mig, g, early, late, women, first, last):  # type: ignore[no-untyped-def]
    """Mean women at the start and before the births; return the births at the pattern's level."""
    total = 0.0
    for a in range(first, last):
        mean = (state[p + a] + state[q + a] + (early - late) * mig[g + a]) / 2
        women[a] = mean
        total += asfr[f + a] * mean
    return total


@_jit
def _through_survival(  # type: ignore[no-untyped-def]
    d_end, e, d_exposed, d_survival, surv, s, state, p, mig, g, early, n
):
    """Prices of survivors to those exposed and to the ratios, ages 1 … n - 1."""
    for a in range(ONE, n):
        d = d_end[e + a]
        d_survival[e + a] = d * (state[p + a - ONE] + early * mig[g + a - ONE])
        d_exposed[e + a - ONE] += d * surv[s + a]


@_jit
def _through_spectrum(  # type: ignore[no-untyped-def]
    d_end, e, d_exposed, d_survival, d_migrants, surv, s, state, p, mig, g, c, n
):
    for a in range(ONE, n):
        d = d_end[e + a]
        d_survival[e + a] = d * (state[p + a - ONE] + c * mig[g + a] / 2)
        d_migrants[e + a] += d * (1.0 + surv[s + a]) / 2
        d_exposed[e + a - ONE] += d * surv[s + a]


@_jit
def _add_scaled(out, o, values, v, c, n):  # type: ignore[no-untyped-def]
    for a in range(n):
        out[o + a] += c * values[v + a]


@_jit
def _set_scaled(out, o, values, v, c, n):  # type: ignore[no-untyped-def]
    for a in range(n):
        out[o + a] = c * values[v + a]


@_jit
def _dot(x, i, y, j, n):  # type: ignore[no-untyped-def]
    total = 0.0
    for a in range(n):
        total += x[i + a] * y[j + a]
    return total


@_jit
def _by_rate(d_start, grad, o, d_migrants, rate, r, state, p, width, n):  # type: ignore[no-untyped-def]
    for a in range(n):
        d = width * d_migrants[a]
        grad[o + a] += d * state[p + a]
        d_start[a] += d * rate[r + a]


@_jit
def _between_rows(grad, low, d_survival, mix, cells):  # type: ignore[no-untyped-def]
    for a in range(cells):
        grad[low + a] += d_survival[a] * (1.0 - mix)
        grad[low + cells + a] += d_survival[a] * mix


@_jit
def _slope(surf, low, d_survival, cells):  # type: ignore[no-untyped-def]
    total = 0.0
    for a in range(cells):
        total += d_survival[a] * (surf[low + cells + a] - surf[low + a])
    return total


@_jit
def backward(  # type: ignore[no-untyped-def]
    members,
    steps,
    ages,
    width,
    spectrum,
    start,
    before,
    after,
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
    fertile_first,
    fertile_last,
    weights,
    weight_step,
    measures,
    population,
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
    first_member,
    total_members,
    scratch,
):
    """Gradients of every measure for a block of members whose populations are given."""
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
    gs_all, gs_size, gs_step = g_survival
    go, go_size, go_step = g_open
    gu_all, gu_size, _ = g_surface
    gl, gl_size, gl_step = g_level
    ga, ga_size, ga_step = g_asfr
    gt, gt_size, gt_step = g_tfr
    gr, gr_size, gr_step = g_srb
    gm_all, gm_size, gm_step = g_migration
    gx, gx_size, gx_step = g_total
    gq_all, gq_size, gq_step = g_rate
    n = ages
    cells = TWO * n
    last = n - ONE
    has_surface, has_open, has_tfr = surf_all.size > 0, opn.size > 0, tf.size > 0
    has_migration, has_total, has_rate = mgr_all.size > 0, tot.size > 0, rat_all.size > 0
    # Bare pointers for the loops: see `compiled`.
    surv, surf, asf = pointer(surv_all), pointer(surf_all), pointer(asf_all)
    mgr, rat, state = pointer(mgr_all), pointer(rat_all), pointer(population)
    gs, gu, gm, gq = pointer(gs_all), pointer(gu_all), pointer(gm_all), pointer(gq_all)
    weight, found = pointer(weights), pointer(g_base)
    ratios = pointer(scratch)
    moving = offset(ratios, cells)
    price = offset(moving, cells)
    d_exposed = offset(price, cells)
    d_survival = offset(d_exposed, cells)
    d_migrants = offset(d_survival, cells)
    women = offset(d_migrants, cells)
    d_women = offset(women, n)
    for a in range(cells):
        moving[a] = 0.0
    ratio = ratios if has_surface else surv
    counts = mgr if has_migration else moving
    mig = counts if has_migration and not has_rate else moving
    for k in range(measures):
        for m in range(members):
            cell = k * total_members + first_member + m
            path = m * (steps + ONE) * cells
            _set_scaled(price, ZERO, weight, steps * weight_step + k * cells, 1.0, cells)
            for back in range(steps):
                t = steps - ONE - back
                p = path + t * cells
                q = p + cells
                low, mix, s, span = ZERO, 0.0, ZERO, 1.0
                if has_surface:
                    x = lev[lev_row[m] + t * lev_step]
                    j = U(0)
                    while j + TWO < levels.size and x >= levels[j + ONE]:
                        j += ONE
                    span = levels[j + ONE] - levels[j]
                    mix = (x - levels[j]) / span
                    low = surf_row[m] + j * cells
                    _interpolate(ratios, surf, low, low + cells, mix, cells)
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
                    if has_migration:
                        _migrants_by_rate(moving, counts, g, c, rat, r, state, p, width, cells)
                    else:
                        for a in range(cells):
                            moving[a] = width * rat[r + a] * state[p + a]
                    c, g = 1.0, ZERO
                early, late = start * c, after * c
                f = asf_row[m] + t * asf_step
                births = width * _women(
                    asf,
                    f,
                    state,
                    p,
                    q,
                    mig,
                    g,
                    early,
                    late,
                    women,
                    fertile_first,
                    fertile_last,
                )
                scale = tf[tf_row[m] + t * tf_step] if has_tfr else 1.0
                births *= scale
                boys = sr[sr_row[m] + t * sr_step]
                first_f, first_m = ratio[s], ratio[s + n]
                new_f, new_m = price[ZERO], price[n]
                per_f, per_m = new_f * first_f, new_m * first_m
                d_births = (per_f + boys * per_m) / (1.0 + boys)
                if gr.size > 0:
                    d = births * (per_m - per_f) / (1.0 + boys) ** 2
                    gr[cell * gr_size + t * gr_step] += d
                for a in range(fertile_first, fertile_last):
                    d_women[a] = width * d_births * scale * asf[f + a] / 2
                if ga.size > 0:
                    o = cell * ga_size + t * ga_step
                    for a in range(fertile_first, fertile_last):
                        ga[o + a] += width * d_births * scale * women[a]
                if gt.size > 0:
                    o = cell * gt_size + t * gt_step
                    gt[o] += d_births * births / scale if scale != 0.0 else 0.0
                    if scale == 0.0:
                        for a in range(fertile_first, fertile_last):
                            gt[o] += width * d_births * asf[f + a] * women[a]
                # From here ``price`` is that of people before the late migrants.
                _set_scaled(d_migrants, ZERO, price, ZERO, after, cells)
                d_survival[ZERO] = new_f * births / (1.0 + boys)
                d_survival[n] = new_m * births * boys / (1.0 + boys)
                if spectrum:
                    d_survival[ZERO] += new_f * c * mig[g] * 2.0 / 3
                    d_survival[n] += new_m * c * mig[g + n] * 2.0 / 3
                    d_migrants[ZERO] += new_f * (1.0 + 2.0 * first_f) / 3
                    d_migrants[n] += new_m * (1.0 + 2.0 * first_m) / 3
                else:
                    d_migrants[ZERO] += before * new_f
                    d_migrants[n] += before * new_m
                price[ZERO] = 0.0
                price[n] = 0.0
                for a in range(fertile_first, fertile_last):
                    price[a] += d_women[a]
                for a in range(cells):
                    d_exposed[a] = 0.0
                for a in range(fertile_first, fertile_last):
                    d_exposed[a] = d_women[a]
                for sex in range(TWO):
                    e, ps, ss, gg = sex * n, p + sex * n, s + sex * n, g + sex * n
                    if spectrum:
                        _through_spectrum(
                            price,
                            e,
                            d_exposed,
                            d_survival,
                            d_migrants,
                            ratio,
                            ss,
                            state,
                            ps,
                            mig,
                            gg,
                            c,
                            last,
                        )
                    else:
                        _through_survival(
                            price,
                            e,
                            d_exposed,
                            d_survival,
                            ratio,
                            ss,
                            state,
                            ps,
                            mig,
                            gg,
                            early,
                            last,
                        )
                        if before != 0.0:
                            _add_scaled(d_migrants, e + ONE, price, e + ONE, before, n - ONE)
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
                            d_migrants[e + last] += d * (1.0 + alive / people) / 2
                            d_people = -d * c * mig[gg + last] * alive / (2 * people * people)
                            d *= 1.0 + c * mig[gg + last] / (2 * people)
                        else:
                            d_migrants[e + last] += d * (1.0 + closing) / 2
                            d_closing = d * c * mig[gg + last] / 2
                    d_exposed[e + last - ONE] += d * closing + d_people
                    d_exposed[e + last] += d * still + d_people
                    d_survival[e + last] = d * younger + d_closing
                    if has_open:
                        if go.size > 0:
                            go[cell * go_size + t * go_step + sex] += d * older
                    else:
                        d_survival[e + last] += d * older
                if start != 0.0:
                    _add_scaled(d_migrants, ZERO, d_exposed, ZERO, start, cells)
                if has_rate:
                    o = cell * gq_size + t * gq_step
                    _by_rate(d_exposed, gq, o, d_migrants, rat, r, state, p, width, cells)
                if gm_all.size > 0:
                    _add_scaled(
                        gm,
                        cell * gm_size + t * gm_step,
                        d_migrants,
                        ZERO,
                        factor if has_total else 1.0,
                        cells,
                    )
                if gx.size > 0:
                    gx[cell * gx_size + t * gx_step] += _dot(d_migrants, ZERO, mgr, profile, cells)
                if gs_all.size > 0:
                    _add_scaled(gs, cell * gs_size + t * gs_step, d_survival, ZERO, 1.0, cells)
                if gl.size > 0:
                    slope = _slope(surf, low, d_survival, cells) / span
                    gl[cell * gl_size + t * gl_step] += slope
                if gu_all.size > 0:
                    o = cell * gu_size + (low - surf_row[m])
                    _between_rows(gu, o, d_survival, mix, cells)
                w = t * weight_step + k * cells
                for a in range(cells):
                    price[a] = d_exposed[a] + weight[w + a]
            _set_scaled(found, cell * cells, price, ZERO, 1.0, cells)
    # Names the buffer once more, so that it lives as long as the pointers into it.
    scratch[0] = 0.0
