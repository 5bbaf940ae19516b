"""The loops over ages that both compiled kernels are made of.

Every loop reads and writes through bare pointers at unsigned offsets, so that it vectorises.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from yilao.engine.intrinsics import (
    EIGHT,
    ONE,
    TWO,
    ZERO,
    U,
    any_below,
    fetch,
    join,
    larger,
    largest,
    load,
    minus,
    number,
    plus,
    shifted,
    spread,
    store,
    store_past,
    times,
    times_plus,
    total,
    without_first,
)
from yilao.engine.rates import EMPTY

# Reassociation lets sums vectorise; NaN and infinity keep their meaning.
jit = nb.njit(
    nogil=True, boundscheck=False, error_model="numpy", fastmath={"reassoc", "contract", "nsz"}
)
MOST = float(np.finfo(float).max)
# So many stand before the youngest women that no emigration makes them look fewer than none.
CROWD = 1e100
LARGEST = nb.uint64(np.array(np.finfo(float).max).view(np.uint64))
# Bytes of a cache line.
LINE = U(64)


@jit
def mothers_of(asfr, f, a):
    """Fertility of eight ages; the youngest have no children, whatever the first rate is."""
    rate = load(asfr, f + a)
    return without_first(rate) if a == ZERO else rate


@jit
def advance(
    state, q, p, surv, s, ahead, high, mig, m, mig_ahead, start, before, asfr, f, f_ahead, f_high,
    women, n,
):  # fmt: skip
    """Q[a] = (P[a-1] + start M[a-1]) S[a] + before M[a] of all cells; births of the first ages.

    Both sexes lie in one row.  What is carried from the oldest women to the youngest men, into the
    youngest women and into the open groups is overwritten afterwards.  Births are the sum of
    f (X + Q) over ages below ``women``, X = P + start M.

    Returns the births, and whether a number is in doubt: a rate missing, infinite or out of
    bounds, or a cohort below zero, at the end or after the early migrants.  Checking the rates here
    costs nothing; a second reading would cost a third.  The next step's rates are fetched meanwhile
    (0.33 us a member-year with rates of its own, without 0.42).
    """
    early, late, zero = spread(start), spread(before), spread(0.0)
    signs, lost, most, most_born, born = zero, zero, zero, zero, zero
    exposed = spread(CROWD)
    whole = n // EIGHT * EIGHT
    for a in range(ZERO, whole, EIGHT):
        if ahead > ZERO:
            fetch(surv, s + ahead + a)
        if mig_ahead > ZERO:
            fetch(mig, m + mig_ahead + a)
        moving = load(mig, m + a)
        ratio = load(surv, s + a)
        now = times_plus(early, moving, load(state, p + a))
        value = times_plus(shifted(exposed, now), ratio, times(late, moving))
        exposed = now
        store(state, q + a, value)
        # What is missing or infinite makes the value so, and that times 0 is not 0.
        signs = join(signs, join(now, join(value, ratio)))
        lost = times_plus(value, zero, lost)
        most = larger(ratio, most)
        if a < women:
            if f_ahead > ZERO:
                fetch(asfr, f + f_ahead + a)
            rate = mothers_of(asfr, f, a)
            born = times_plus(rate, plus(now, value), born)
            signs = join(signs, rate)
            lost = times_plus(rate, zero, lost)
            most_born = larger(rate, most_born)
    doubt = any_below(signs) or total(lost) != 0.0
    doubt |= largest(most) > high or largest(most_born) > f_high
    for a in range(max(whole, ONE), n):
        ratio = surv[s + a]
        now = state[p + a - ONE] + start * mig[m + a - ONE]
        value = now * ratio + before * mig[m + a]
        doubt |= not (value >= 0.0 and value <= MOST and ratio >= 0.0 and ratio <= high)
        doubt |= now < 0.0
        state[q + a] = value
    return total(born), doubt


@jit
def advance_surface(state, q, p, surf, low, high, share, mig, m, start, before, asfr, f, women, n):
    """Like `advance`, with ratios interpolated between two rows of a survival surface."""
    early, late, zero, part = spread(start), spread(before), spread(0.0), spread(share)
    signs, born = zero, zero
    exposed = spread(CROWD)
    whole = n // EIGHT * EIGHT
    for a in range(ZERO, whole, EIGHT):
        moving = load(mig, m + a)
        under = load(surf, low + a)
        ratio = times_plus(part, minus(load(surf, high + a), under), under)
        now = times_plus(early, moving, load(state, p + a))
        value = times_plus(shifted(exposed, now), ratio, times(late, moving))
        exposed = now
        store(state, q + a, value)
        signs = join(signs, join(now, value))
        if a < women:
            born = times_plus(mothers_of(asfr, f, a), plus(now, value), born)
    doubt = any_below(signs)
    for a in range(max(whole, ONE), n):
        ratio = surf[low + a] + share * (surf[high + a] - surf[low + a])
        now = state[p + a - ONE] + start * mig[m + a - ONE]
        value = now * ratio + before * mig[m + a]
        doubt |= value < 0.0 or now < 0.0
        state[q + a] = value
    return total(born), doubt


@jit
def advance_spectrum(state, q, p, surv, s, mig, m, c, asfr, f, women, n):
    """Like `advance`: Q[a] = P[a-1] S[a] + M[a] (1 + S[a]) / 2."""
    half, signs, born = spread(c / 2), spread(0.0), spread(0.0)
    people = spread(CROWD)
    whole = n // EIGHT * EIGHT
    for a in range(ZERO, whole, EIGHT):
        ratio = load(surv, s + a)
        moving = times(half, load(mig, m + a))
        now = load(state, p + a)
        value = times_plus(shifted(people, now), ratio, times_plus(moving, ratio, moving))
        people = now
        store(state, q + a, value)
        signs = join(signs, value)
        if a < women:
            born = times_plus(mothers_of(asfr, f, a), plus(now, value), born)
    doubt = any_below(signs)
    for a in range(max(whole, ONE), n):
        ratio = surv[s + a]
        value = state[p + a - ONE] * ratio + c * mig[m + a] * (1.0 + ratio) / 2
        doubt |= value < 0.0
        state[q + a] = value
    return total(born), doubt


@jit
def row_of(levels, level, j):
    """Row of a survival surface at or below a level, from that of the last step: they move slowly.

    The last row but one is the last.
    """
    while j + TWO < levels.size and level >= levels[j + ONE]:
        j += ONE
    while j > ZERO and level < levels[j]:
        j -= ONE
    return j


@jit
def interpolate(out, surf, low, high, w, n):
    """Ratios between two rows of a survival surface."""
    for a in range(n):
        out[a] = surf[low + a] + w * (surf[high + a] - surf[low + a])


@jit
def migrants_by_rate(out, mig, m, c, rate, r, state, p, width, n):
    """Counts and the migrants of rates of those at the start."""
    for a in range(n):
        out[a] = c * mig[m + a] + width * rate[r + a] * state[p + a]


@jit
def put(out, o, values, v, n, past):
    """Write n values into a result; past the cache where it is too large to stay there.

    A plain store reads the line first: a member-year of full populations took 0.28 us, past the
    cache 0.2.
    """
    first, rest = ZERO, ZERO
    if past:
        # To the next whole line, whole lines, and what is left.
        first = min(n, ((LINE - (number(out) + o * EIGHT) % LINE) % LINE) // EIGHT)
        rest = first + (n - first) // EIGHT * EIGHT
        for a in range(first, rest, EIGHT):
            store_past(out, o + a, load(values, v + a))
    for a in range(first):
        out[o + a] = values[v + a]
    for a in range(rest, n):
        out[o + a] = values[v + a]


@jit
def copy(out, o, values, v, n):
    """Copy n values."""
    for a in range(n):
        out[o + a] = values[v + a]


@jit
def move(out, o, mig, g, early, late, n):
    """Net migration by the age at the end of the step."""
    for a in range(ONE, n):
        out[o + a] = early * mig[g + a - ONE] + late * mig[g + a]


@jit
def add(state, q, mig, m, c, n):
    """Migrants who come after the births."""
    for a in range(n):
        state[q + a] += c * mig[m + a]


@jit
def any_negative(state, q, n):
    """Whether a cell is below zero by more than rounding."""
    found = False
    for a in range(n):
        found |= state[q + a] < EMPTY
    return found


@jit
def any_left_short(state, p, mig, g, early, n):
    """Whether more leave a cohort at the start of the step than it has; the two oldest are one."""
    found = False
    for sex in range(TWO):
        i, j = p + sex * n, g + sex * n
        for a in range(n - TWO):
            found |= state[i + a] + early * mig[j + a] < EMPTY
        i, j = i + n - TWO, j + n - TWO
        found |= state[i] + state[i + ONE] + early * (mig[j] + mig[j + ONE]) < EMPTY
    return found


@jit
def cohort_deaths(out, state, p, surv, s, mig, m, start, n):
    """Deaths by age at the end of the step."""
    for a in range(ONE, n):
        out[a] = (state[p + a - ONE] + start * mig[m + a - ONE]) * (1.0 - surv[s + a])


@jit
def spectrum_deaths(out, state, p, surv, s, mig, m, c, n):
    """Deaths by age at the end of the step; migrants live half of it."""
    for a in range(ONE, n):
        dying = 1.0 - surv[s + a]
        out[a] = (state[p + a - ONE] + c * mig[m + a] / 2) * dying


@jit
def within(values, v, n, bounds, i):
    """Whether n values lie within the bounds of rate i; NaN does not."""
    low, high = bounds[TWO * i], bounds[TWO * i + ONE]
    for block in range(ZERO, n, U(256)):
        good = True
        for j in range(block, min(block + U(256), n)):
            x = values[v + j]
            good &= (x >= low) & (x <= high)
        if not good:
            return False
    return True
