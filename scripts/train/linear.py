"""Fits the sparse linear models, one example at a time in a seeded order: the same bytes on every run."""

from __future__ import annotations

import numba as nb
import numpy as np
from features import BUCKETS, Features
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@nb.njit(cache=True)
def _softmax_epoch(buckets, starts, labels, weights, order, w, g, bias, bias_g, rate, decay, dropped, seed):  # type: ignore[no-untyped-def]
    classes = bias.size
    z = np.empty(classes, np.float64)
    np.random.seed(seed)
    kept = np.empty(1 << 16, np.int32)
    for i in order:
        first = starts[i]
        last = min(starts[i + 1], first + kept.size)
        n = 0
        for k in range(first, last):
            if np.random.random() >= dropped:
                kept[n] = buckets[k]
                n += 1
        if n == 0:
            continue
        norm = 1.0 / np.sqrt(np.float64(n))
        for j in range(classes):
            z[j] = 0.0
        for k in range(n):
            for j in range(classes):
                z[j] += w[kept[k], j]
        top = -1e30
        for j in range(classes):
            z[j] = z[j] * norm + bias[j]
            top = max(top, z[j])
        total = 0.0
        for j in range(classes):
            z[j] = np.exp(z[j] - top)
            total += z[j]
        for j in range(classes):
            z[j] /= total
        z[labels[i]] -= 1.0
        for j in range(classes):
            step = weights[i] * z[j]
            bias_g[j] += step * step
            bias[j] -= 0.3 * rate * step / np.sqrt(bias_g[j] + 1e-8)
            z[j] = step * norm
        for k in range(n):
            b = kept[k]
            for j in range(classes):
                step = z[j] + decay * w[b, j]
                g[b, j] += step * step
                w[b, j] -= rate * step / np.sqrt(g[b, j] + 1e-3)


def fit_softmax(
    features: Features,
    labels: I64,
    weights: F64,
    classes: int,
    *,
    seed: int,
    epochs: int,
    decay: float,
    dropped: float,
) -> tuple[F32, F32]:
    """Weights (65536, classes) and bias (classes,) of a multinomial model on sums by 1/sqrt(features).

    dropped  share of a text's features that each epoch leaves out, so that no single cue decides
    source  AdaGrad: Duchi, Hazan & Singer 2011, JMLR 12
    """
    w = np.zeros((BUCKETS, classes), np.float32)
    g = np.zeros((BUCKETS, classes), np.float32)
    bias, bias_g = np.zeros(classes), np.zeros(classes)
    draw = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = draw.permutation(labels.size)
        _softmax_epoch(
            features.buckets,
            features.starts,
            labels,
            weights,
            order,
            w,
            g,
            bias,
            bias_g,
            0.15,
            decay,
            dropped,
            seed + epoch,
        )
    return w, bias.astype(np.float32)


@nb.njit(cache=True)
def _softmax_scores(buckets, starts, w, out):  # type: ignore[no-untyped-def]
    for i in range(starts.size - 1):
        first, last = starts[i], starts[i + 1]
        if first == last:
            continue
        norm = 1.0 / np.sqrt(np.float64(last - first))
        for k in range(first, last):
            for j in range(w.shape[1]):
                out[i, j] += w[buckets[k], j]
        for j in range(w.shape[1]):
            out[i, j] *= norm


def softmax_scores(features: Features, w: NDArray[np.float32]) -> F64:
    """Sums of weights (texts, classes) by 1/sqrt(number of features), before scale and bias."""
    out = np.zeros((features.starts.size - 1, w.shape[1]))
    _softmax_scores(features.buckets, features.starts, w, out)
    return out


@nb.njit(cache=True)
def _best_window(buckets, blocks, first, last, w):  # type: ignore[no-untyped-def]
    """Return (sum, first feature, last feature) of the two neighbouring blocks with the largest sum."""
    best, best_first, best_last = -1e30, first, last
    at, previous, previous_at = first, 0.0, first
    number = 0
    while at < last:
        block, start, total = blocks[at], at, 0.0
        while at < last and blocks[at] == block:
            total += w[buckets[at]]
            at += 1
        if number > 0 and previous + total > best:
            best, best_first, best_last = previous + total, previous_at, at
        if number == 0 and at == last:
            best, best_first, best_last = total, start, at
        previous, previous_at = total, start
        number += 1
    return best, best_first, best_last


@nb.njit(cache=True)
def _window_epoch(buckets, blocks, starts, labels, weights, order, w, g, state, rate, decay, dropped, seed):  # type: ignore[no-untyped-def]
    np.random.seed(seed)
    masked = np.zeros(w.size, np.float32)
    for i in order:
        first, last = starts[i], starts[i + 1]
        if first == last:
            continue
        _, a, b = _best_window(buckets, blocks, first, last, w)
        total = 0.0
        for k in range(a, b):
            masked[k - a] = 0.0 if np.random.random() < dropped else 1.0
            total += masked[k - a] * w[buckets[k]]
        total /= 1.0 - dropped
        p = 1.0 / (1.0 + np.exp(-(total + state[0])))
        step = weights[i] * (p - labels[i])
        state[1] += step * step
        state[0] -= 0.3 * rate * step / np.sqrt(state[1] + 1e-8)
        for k in range(a, b):
            if masked[k - a] == 0.0:
                continue
            gradient = step + decay * w[buckets[k]]
            g[buckets[k]] += gradient * gradient
            w[buckets[k]] -= rate * gradient / np.sqrt(g[buckets[k]] + 1e-3)


def fit_window(
    features: Features, labels: F64, weights: F64, *, seed: int, epochs: int, decay: float, dropped: float
) -> tuple[F32, float]:
    """Weights (65536,) and bias of a logistic model on the strongest window of two 32-word blocks.

    labels  0..1; a value between says how sure the label is
    source  multiple-instance learning by maximum: Andrews, Tsochantaridis & Hofmann 2003, NIPS 15
    """
    w, g = np.zeros(BUCKETS, np.float32), np.zeros(BUCKETS, np.float32)
    state = np.array([-2.0, 0.0])
    draw = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = draw.permutation(labels.size)
        _window_epoch(
            features.buckets,
            features.blocks,
            features.starts,
            labels,
            weights,
            order,
            w,
            g,
            state,
            0.08,
            decay,
            dropped,
            seed + epoch,
        )
    return w, float(state[0])


@nb.njit(cache=True)
def _window_scores(buckets, blocks, starts, w, out):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        if starts[i] < starts[i + 1]:
            out[i], _, _ = _best_window(buckets, blocks, starts[i], starts[i + 1], w)


def window_scores(features: Features, w: F32) -> F64:
    """The strongest window's sum of weights, before scale and bias; 0 for a text without words."""
    out = np.zeros(features.starts.size - 1)
    _window_scores(features.buckets, features.blocks, features.starts, w, out)
    return out


def quantise(w: F32) -> tuple[NDArray[np.int8], F32]:
    """Signed bytes of the weights and the scale of each column; the largest 0.01 % are clipped."""
    used = np.where(np.abs(w) > 0, np.abs(w), np.nan)
    scale = np.nanquantile(used, 0.9999, axis=0).astype(np.float32) / np.float32(127)
    return np.clip(np.rint(w / scale), -127, 127).astype(np.int8), scale.astype(np.float32)
