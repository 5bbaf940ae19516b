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
    bits,
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
from yilao.engine.rates import EMPTY, TABLE_SLACK

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
def weighted_sum(weights, w, state, q, first, last):
    """Weighted sum of the cells first … last - 1."""
    total = 0.0
    for a in range(first, last):
        total += weights[w + a] * state[q + a]
    return total


@jit
def three_sums(weights, w, step, state, q, n, sums, o):
    """Three weighted sums over all cells, filled up with zeros to sixteens.

    The state is read once for all; two sums of each are taken, since an addition waits for the
    last one (5 ns a measure, alone 15).
    """
    zero = spread(0.0)
    one, two, three, one_b, two_b, three_b = zero, zero, zero, zero, zero, zero
    for a in range(ZERO, n, TWO * EIGHT):
        people = load(state, q + a)
        one = times_plus(load(weights, w + a), people, one)
        two = times_plus(load(weights, w + step + a), people, two)
        three = times_plus(load(weights, w + TWO * step + a), people, three)
        b = a + EIGHT
        people = load(state, q + b)
        one_b = times_plus(load(weights, w + b), people, one_b)
        two_b = times_plus(load(weights, w + step + b), people, two_b)
        three_b = times_plus(load(weights, w + TWO * step + b), people, three_b)
    sums[o] = total(one) + total(one_b)
    sums[o + ONE] = total(two) + total(two_b)
    sums[o + TWO] = total(three) + total(three_b)


@jit
def all_measures(weights, w, padded, state, q, spans, span_of, measures, sums, o):
    """All measures of a state: by threes, the last one or two by their spans."""
    k = ZERO
    while k + U(3) <= measures:
        three_sums(weights, w + k * padded, padded, state, q, padded, sums, o + k)
        k += U(3)
    for i in range(k, measures):
        sums[o + i] = measure(
            weights, w + i * padded, state, q, spans, span_of[i], span_of[i + ONE]
        )


@jit
def measure(weights, w, state, q, spans, first, last):
    """Weighted sum over the spans of cells in which a measure has weights."""
    value = 0.0
    for i in range(first, last):
        value += weighted_sum(weights, w, state, q, spans[TWO * i], spans[TWO * i + ONE])
    return value


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


# Not contracted: fusing L - n l loses the small difference that the factors are made of.
exact = nb.njit(nogil=True, boundscheck=False, error_model="numpy", fastmath={"reassoc", "nsz"})


@exact
def period_deaths(out, o, coh, d, lx, x, x_ahead, big, b, b_ahead, high, width, n, factor):
    """Deaths by age at death from cohort deaths, with Buettner's separation factors.

    Return whether the life table is in doubt, its values or how they fit; that of the next step is
    fetched.
    """
    last = n - ONE
    slack = TABLE_SLACK * width
    doubt = (bits(lx[x]) > high) | (bits(lx[x + last]) > high)
    doubt |= (bits(big[b + last - ONE]) > LARGEST) | (bits(big[b + last]) > LARGEST)
    if x_ahead > ZERO:
        for a in range(ZERO, n, EIGHT):
            fetch(lx, x + x_ahead + a)
    if b_ahead > ZERO:
        for a in range(ZERO, n, EIGHT):
            fetch(big, b + b_ahead + a)
    for a in range(last - ONE):
        years = big[b + a]
        left = lx[x + a + ONE]
        doubt |= (bits(years) > LARGEST) | (bits(left) > high)
        doubt |= (years > width * lx[x + a] + slack) | (years < width * left - slack)
        dying = years - big[b + a + ONE]
        # Where the table has no deaths there is nothing to part: half to each side.
        factor[a] = (years - width * left) / dying if dying != 0.0 else 0.5
    years = big[b + last - ONE]
    doubt |= (years > width * lx[x + last - ONE] + slack) | (years < width * lx[x + last] - slack)
    factor[last - ONE] = (big[b + last - ONE] - width * lx[x + last]) / big[b + last - ONE]
    out[o] = coh[d] + factor[ZERO] * coh[d + ONE]
    for a in range(ONE, last):
        out[o + a] = (1.0 - factor[a - ONE]) * coh[d + a] + factor[a] * coh[d + a + ONE]
    out[o + last] = (1.0 - factor[last - ONE]) * coh[d + last]
    return doubt


@exact
def fits(lx, x, x_step, big, b, b_step, steps, width, n):
    """Whether Lx of every closed age lies between n l(a+1) and n l(a), in both sexes and all steps.

    Of values that are within their bounds.
    """
    slack = TABLE_SLACK * width
    good = True
    for t in range(steps):
        for sex in range(TWO):
            i, j = x + t * x_step + sex * n, b + t * b_step + sex * n
            for a in range(n - ONE):
                years = big[j + a]
                good &= (years <= width * lx[i + a] + slack) & (
                    years >= width * lx[i + a + ONE] - slack
                )
    return good


@jit
def within(values, v, n, low, high):
    """Whether n values lie within low and high; NaN does not."""
    for block in range(ZERO, n, U(256)):
        good = True
        for i in range(block, min(block + U(256), n)):
            x = values[v + i]
            good &= (x >= low) & (x <= high)
        if not good:
            return False
    return True
