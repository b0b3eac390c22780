"""Single values of tables: which are missing, which are numbers."""

import numbers

import numpy as np


def is_missing(value):
    """None, NaN, or pandas' own."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, numbers.Real) and bool(np.isnan(float(value)))


def is_number(value):
    return isinstance(value, (numbers.Real, np.bool_)) and np.isfinite(float(value))
