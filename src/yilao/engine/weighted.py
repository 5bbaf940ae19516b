"""Weighted sums over the cells of a state: the measures."""

from __future__ import annotations

from yilao.engine.intrinsics import EIGHT, ONE, TWO, ZERO, U, load, spread, times_plus, total
from yilao.engine.loops import jit


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
