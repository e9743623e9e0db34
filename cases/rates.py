"""Whether something happens more often now than before: two rates, compared exactly."""

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, gammaln
from scipy.stats import binom

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# Dispersion so near to 1 is taken as Poisson; the formula below divides by what is above 1.
_POISSON_UNTIL = 1.001
# So many degrees of freedom speak for Poisson before a municipality's own counts are listened to.
_PRIOR_WEIGHT = 50
_MAX_DISPERSION = 3.0


def excess_p_values(recent: Integers, total: Integers, share: Floats, ratio: float = 1.0) -> Floats:
    """How likely so many recent events are, or more, when the rate has not changed.

    Given the sum of two Poisson counts, the recent one is binomial. When counts vary more than Poisson
    (negative binomial with the same ratio of variance to mean), it is beta-binomial, equally exact.

    Args:
        recent: events in the recent time, shape (n,).
        total: events in the recent and the earlier time together, shape (n,).
        share: the recent part of the exposure, in (0, 1), shape (n,).
        ratio: variance over mean of such counts, at least 1.
    Returns:
        One-sided p-values, shape (n,).
    """
    if ratio <= _POISSON_UNTIL:
        return np.asarray(binom.sf(recent - 1, total, share), dtype=np.float64)
    p_values = np.ones(recent.shape)
    # What is not above its expectation is no excess; leaving it out saves most of the work.
    above = np.flatnonzero(recent > total * share)
    if above.size:
        p_values[above] = _beta_binomial_tail(recent[above], total[above], share[above], ratio)
    return p_values


def least_p_values(total: Integers, share: Floats, ratio: float = 1.0) -> Floats:
    """The p-values if all events were recent; nothing smaller can be had with these totals."""
    if ratio <= _POISSON_UNTIL:
        return np.asarray(share**total, dtype=np.float64)
    before, after = _shape(total, share, ratio)
    return np.asarray(np.exp(betaln(total + before, after) - betaln(before, after)), dtype=np.float64)


def worth_testing(least: Floats, level: float) -> Flags:
    """Which tests could ever show something, so that the others need no correction for multiplicity.

    Tarone (1990), https://doi.org/10.2307/2531456: totals say nothing about the change, so a test whose least
    p-value is above `level` divided by the number of tests that are left can be set aside.

    Args:
        least: from `least_p_values`, any shape.
        level: in (0, 1).
    """
    ordered = np.sort(least, axis=None)
    divisors = np.arange(1, ordered.size + 1)
    enough = np.searchsorted(ordered, level / divisors, side="right") <= divisors
    divisor = int(divisors[enough][0]) if enough.any() else max(ordered.size, 1)
    return np.asarray(least <= level / divisor, dtype=np.bool_)


def dispersion(cells: Integers, blocks: Integers) -> float:
    """Variance over mean of the counts per cell and block of time, drawn towards 1; from 1 to 3.

    A cell's events are compared with how all events lie in time (Pearson's statistic over its degrees of
    freedom), so that a growth of everything is no dispersion.

    Args:
        cells: where each event belongs, any numbers from 0, shape (n,).
        blocks: the time of each event, from 0, shape (n,).
    """
    if not blocks.size:
        return 1.0
    _, cells = np.unique(cells, return_inverse=True)
    sizes, in_block = np.bincount(cells), np.bincount(blocks)
    pairs, counts = np.unique(cells * in_block.size + blocks, return_counts=True)
    parts = counts**2 / in_block[pairs % in_block.size]
    sums = np.bincount(pairs // in_block.size, weights=parts, minlength=sizes.size)
    # One event alone says nothing about how events cluster.
    many = sizes > 1
    statistic = float((blocks.size * sums[many] / sizes[many] - sizes[many]).sum())
    freedom = int(many.sum()) * (np.count_nonzero(in_block) - 1)
    return float(min(max((statistic + _PRIOR_WEIGHT) / (freedom + _PRIOR_WEIGHT), 1.0), _MAX_DISPERSION))


def _shape(total: Integers, share: Floats, ratio: float) -> tuple[Floats, Floats]:
    size = np.asarray(total, dtype=np.float64) / (ratio - 1)
    return size * share, size * (1 - share)


def _beta_binomial_tail(recent: Integers, total: Integers, share: Floats, ratio: float) -> Floats:
    """Sum the probabilities from `recent` to `total`, all rows in one flat array."""
    lengths = total - recent + 1
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    row = np.repeat(np.arange(recent.size), lengths)
    count = np.arange(row.size) - starts[row] + recent[row]
    all_of = total[row]
    before, after = (part[row] for part in _shape(total, share, ratio))
    logs = gammaln(all_of + 1) - gammaln(count + 1) - gammaln(all_of - count + 1)
    logs += betaln(count + before, all_of - count + after) - betaln(before, after)
    return np.minimum(np.add.reduceat(np.exp(logs), starts), 1.0)
