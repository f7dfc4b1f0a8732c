"""Times pyxirr and numpy-financial on the flows of a file: a loan a line, a month a number."""

import sys
import time

import numpy_financial
import pyxirr

with open(sys.argv[1]) as file:
    loans = [[float(number) for number in line.split()] for line in file]


def fastest(work, count, rounds):
    """Loans a second in the best of some rounds."""
    best = 0.0
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        best = max(best, count / (time.perf_counter() - started))
    return best


rates = []


def with_pyxirr():
    rates.clear()
    rates.extend(map(pyxirr.irr, loans))


few = loans[:500]
print(f"figure rates.pyxirr {fastest(with_pyxirr, len(loans), 5):.0f}")
print(f"figure rates.numpy_financial {fastest(lambda: list(map(numpy_financial.irr, few)), len(few), 2):.0f}")
print(f"figure rates.pyxirr_mean {sum(rates) / len(rates):.12f}")
