# SPDX-License-Identifier: MIT
"""Covering arrays: few cases in which every pair of values that can meet does.

Most faults show when two choices meet; all combinations of a dozen choices are
too many to try each time (NIST SP 800-142)."""
from itertools import combinations


def pairs(case):
    """Every pair of (name, value) of a case, which is a dict."""
    return combinations(sorted(case.items()), 2)


def cover(cases):
    """A part of the cases that has each pair which any of them has: greedy, the
    case with most new pairs next, the earlier one of equals. Always the same for
    the same cases."""
    numbers = {}
    masks = []
    for case in cases:
        mask = 0
        for pair in pairs(case):
            mask |= 1 << numbers.setdefault(pair, len(numbers))
        masks.append(mask)
    missing = (1 << len(numbers)) - 1
    # What a case adds only ever shrinks: an old number is an upper bound.
    bound = [mask.bit_count() for mask in masks]
    chosen = []
    while missing:
        best, most = None, 0
        for i, mask in enumerate(masks):
            if bound[i] > most:
                bound[i] = (mask & missing).bit_count()
                if bound[i] > most:
                    best, most = i, bound[i]
        chosen.append(cases[best])
        missing &= ~masks[best]
    return chosen
