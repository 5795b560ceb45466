"""Who openly owns an account, as far as the records tell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def owners(org: Ints, payment: Ints, mail_domain: Ints) -> Ints:
    """(accounts,) a number for the customer behind each account, 0 where none is known.

    org, payment, mail_domain  (accounts,) a hash each, 0 where nothing is known

    An organisation on record owns its accounts. So does a company that has none on record: accounts whose mail domain
    nobody else has, and whose purse pays for nobody else. Who shares a purse under one name of his own hides nothing.
    """
    company = (
        (mail_domain != 0) & (payment != 0) & _alone(mail_domain, payment) & _alone(payment, mail_domain)
    )
    return np.where(org != 0, org, np.where(company, mail_domain, 0))


def _alone(by: Ints, value: Ints) -> NDArray[np.bool_]:
    """(accounts,) whether all accounts with the same `by`, two at least, have one and the same value."""
    order = np.argsort(by, kind="stable")
    if not len(order):
        return np.zeros(0, dtype=bool)
    first = np.r_[True, by[order][1:] != by[order][:-1]]
    starts = np.flatnonzero(first)
    least = np.minimum.reduceat(value[order], starts)
    most = np.maximum.reduceat(value[order], starts)
    one = (least == most) & (np.diff(np.r_[starts, len(order)]) >= 2)
    out = np.zeros(len(by), dtype=bool)
    out[order] = one[np.cumsum(first) - 1]
    return out
