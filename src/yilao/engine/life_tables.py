"""Life tables in the compiled kernel: deaths by age at death, and whether lx and Lx fit."""

from __future__ import annotations

import numba as nb

from yilao.engine.intrinsics import EIGHT, ONE, TWO, ZERO, bits, fetch
from yilao.engine.loops import LARGEST
from yilao.engine.rates import TABLE_SLACK

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
        # Where the table has no deaths, or nobody, there is nothing to part: half to each side.
        factor[a] = (years - width * left) / dying if dying != 0.0 else 0.5
    years = big[b + last - ONE]
    doubt |= (years > width * lx[x + last - ONE] + slack) | (years < width * lx[x + last] - slack)
    factor[last - ONE] = (years - width * lx[x + last]) / years if years != 0.0 else 0.5
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
