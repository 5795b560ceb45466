"""Isolation forest on what can be counted of an account.

Source: F. T. Liu, K. M. Ting, Z.-H. Zhou: Isolation Forest. ICDM 2008; scikit-learn's implementation.
"""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from peers.grouping import WAYS, gathered
from peers.traffic import DAY, Floats, Groups, Ints, Traffic, distinct, settings

COLUMNS = (
    "asn", "country", "ip", "max_tokens", "model", "output_tokens", "input_tokens", "reasoning_tokens", "prompt",
    "status", "system", "temperature", "tls_ja4", "tools", "user_agent",
)  # fmt: skip
GRID = tuple(
    (one, settings(share=(0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4), way=WAYS))
    for one in settings(features=("all", "behaviour", "infrastructure"), trees=(200,))
)
HOUR = 3_600_000_000


def measure(traffic: Traffic, features: str, trees: int) -> Floats:
    """How unusual each account is; more is more unusual."""
    from sklearn.ensemble import IsolationForest

    behaviour, infrastructure = behaviour_of(traffic), infrastructure_of(traffic)
    chosen = {
        "all": np.hstack([behaviour, infrastructure]), "behaviour": behaviour, "infrastructure": infrastructure
    }[features]  # fmt: skip
    forest = IsolationForest(n_estimators=trees, random_state=0).fit(chosen)
    return np.asarray(-forest.score_samples(chosen), dtype=np.float64)


def name(traffic: Traffic, measured: Floats, share: float, way: str) -> Groups:
    """The most unusual share of all accounts."""
    return gathered(traffic, np.flatnonzero(measured > np.quantile(measured, 1 - share)), way)


def behaviour_of(traffic: Traffic) -> Floats:
    """Accounts × 17 columns: volume, hours, sizes, sampling parameters."""
    who, people = traffic.sender, len(traffic.people)
    total = np.maximum(np.bincount(who, minlength=people), 1).astype(np.float64)
    hour = traffic.time // HOUR % 24
    by_hour = np.bincount(who * 24 + hour, minlength=people * 24).reshape(people, 24) / total[:, None]
    entropy = -np.sum(by_hour * np.log(np.where(by_hour > 0, by_hour, 1)), axis=1)
    gap = np.diff(traffic.time[np.argsort(who, kind="stable")], prepend=0)
    gap = np.log10(np.clip(gap, 1e4, None))
    means = [
        _mean(who, np.asarray(pc.utf8_length(pc.fill_null(traffic.exchanges[one], ""))), total)
        for one in ("prompt", "system", "tools")
    ]
    for one in ("input_tokens", "output_tokens", "reasoning_tokens", "temperature", "max_tokens", "status"):
        values = np.nan_to_num(np.asarray(traffic.exchanges[one].cast("float64")))
        means.append(_mean(who, values, total))
    return np.column_stack(
        [
            np.log1p(total),
            _distinct(who, traffic.day, people),
            _distinct(who, hour, people),
            entropy,
            by_hour.max(axis=1),
            _mean(np.sort(who), gap, total),
            *means,
            _distinct(who, traffic.codes("model"), people),
            _distinct(who, traffic.codes("system"), people) / total,
        ]
    )


def infrastructure_of(traffic: Traffic) -> Floats:
    """Accounts × 13 columns: addresses, clients, what they share with others, age at the first request."""
    who, people = traffic.sender, len(traffic.people)
    columns = [
        _distinct(who, traffic.codes(one), people)
        for one in ("ip", "asn", "country", "user_agent", "tls_ja4")
    ]
    columns += [_company(who, traffic.codes(one), people) for one in ("ip", "asn", "user_agent")]
    for one in ("payment_hash", "phone_hash", "signup_ip", "email_domain"):
        columns.append(_company(np.arange(people), traffic.codes(one, of_accounts=True), people))
    first = np.full(people, traffic.time.max())
    np.minimum.at(first, who, traffic.time)
    columns.append(np.log1p(np.maximum(first - traffic.made, 0) / DAY))
    return np.column_stack(columns)


def _mean(who: Ints, values: Floats, total: Floats) -> Floats:
    return np.bincount(who, values, minlength=len(total)) / total


def _distinct(who: Ints, what: Ints, people: int) -> Floats:
    return np.bincount(distinct(who, what)[0], minlength=people).astype(np.float64)


def _company(who: Ints, what: Ints, people: int) -> Floats:
    """The most accounts that any thing of an account has, as a logarithm."""
    who, what = distinct(who, what)
    out = np.zeros(people)
    np.maximum.at(out, who, np.log1p(np.bincount(what, minlength=1)[what]))
    return out
