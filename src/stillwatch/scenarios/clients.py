"""Client software, models and sampling parameters: one public catalogue that everybody uses."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from stillwatch.scenarios.corpus import Ints
from stillwatch.scenarios.prose import Floats

MODELS: tuple[str, ...] = ("kestrel-2-mini", "kestrel-2", "kestrel-2-max", "kestrel-3")
NEW_MODEL = 3
SURFACES: tuple[str, ...] = ("api", "chat", "cloud", "aggregator")

FAMILIES: tuple[str, ...] = (
    "browser",
    "python",
    "node",
    "go",
    "curl",
    "editor",
    "desktop",
    "mobile",
    "gateway",
    "framework",
)
_VERSIONS: dict[str, tuple[str, ...]] = {
    "python": tuple(f"kestrel-python/{v}" for v in ("1.51.2", "1.54.0", "1.58.1", "1.61.0", "1.63.2", "1.64.0")),
    "node": tuple(f"kestrel-node/{v}" for v in ("4.60.0", "4.67.3", "4.71.1", "4.73.0")),
    "go": tuple(f"kestrel-go/{v}" for v in ("0.9.4", "0.11.0", "0.12.1")),
    "curl": tuple(f"curl/{v}" for v in ("7.88.1", "8.5.0", "8.9.1")),
    "editor": tuple(f"CodeMate/{v} (editor extension)" for v in ("2.14.0", "2.15.1", "2.16.0")),
    "desktop": tuple(f"Birdsong/{v} ({s})" for v in ("1.8.2", "1.9.0") for s in ("macOS", "Windows", "Linux")),
    "mobile": tuple(f"BirdsongMobile/{v} ({s})" for v in ("3.4", "3.5") for s in ("iOS 19", "Android 16")),
    "gateway": ("litellm/1.98.0", "litellm/1.104.2", "one-gateway/0.7.3", "bridge-proxy/2.2"),
    "framework": ("chainwork/0.3.19", "chainwork/0.3.22", "graphflow/1.1.0", "pipekit/2.7.4"),
    "browser": tuple(
        f"Mozilla/5.0 ({s}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
        for s in ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64")
        for v in (144, 145, 146)
    ) + tuple(
        f"Mozilla/5.0 ({s}; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"
        for s in ("Windows NT 10.0; Win64; x64", "X11; Linux x86_64")
        for v in (143, 144)
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Client:
    """One version of one client, as a server sees it."""

    family: str
    user_agent: str
    ja4: str
    surface: int


def _ja4(family: str, user_agent: str) -> str:
    # the TLS library follows the system or the language, not each version
    stack = (
        family
        if family != "browser"
        else user_agent.partition("(")[2].partition(";")[0] + user_agent[-20:-14]
    )
    digest = hashlib.sha256(stack.encode()).hexdigest()
    ciphers = 13 + int(digest[:2], 16) % 5
    return f"t13d{ciphers}{10 + int(digest[2:4], 16) % 8}h2_{digest[4:16]}_{digest[16:28]}"


def _surface(family: str) -> int:
    return {"browser": 1, "desktop": 1, "mobile": 1, "gateway": 3}.get(family, 0)


CLIENTS: tuple[Client, ...] = tuple(
    Client(family, agent, _ja4(family, agent), _surface(family))
    for family in FAMILIES
    for agent in _VERSIONS[family]
)
_OF_FAMILY = {family: [n for n, c in enumerate(CLIENTS) if c.family == family] for family in FAMILIES}

_TEMPERATURES = np.array([np.nan, 1.0, 0.7, 0.0, 0.2, 0.3, 0.5, 0.8, 0.9])
_TEMPERATURE_SHARES = np.array([0.42, 0.14, 0.14, 0.12, 0.06, 0.04, 0.03, 0.03, 0.02])
_CAPS = np.array([0, 4096, 1024, 2048, 8192, 512, 16_384, 1500, 3000])
_CAP_SHARES = np.array([0.34, 0.2, 0.13, 0.12, 0.09, 0.05, 0.04, 0.02, 0.01])


def draw_clients(families: dict[str, float], count: int, rng: np.random.Generator) -> Ints:
    """(count,) clients, by the weights of their families; newer versions are more common."""
    names = list(families)
    weights = np.array([families[name] for name in names])
    chosen = rng.choice(len(names), count, p=weights / weights.sum())
    clients = np.empty(count, np.int64)
    for place, name in enumerate(names):
        mine = np.flatnonzero(chosen == place)
        options = np.array(_OF_FAMILY[name])
        newer = np.arange(1, len(options) + 1, dtype=np.float64)
        clients[mine] = rng.choice(options, len(mine), p=newer / newer.sum())
    return clients


def draw_parameters(client: Ints, rng: np.random.Generator) -> tuple[Floats, Ints, Ints]:
    """(temperature, max_tokens, stream) of each client's user; NaN, 0 and -1 where the client sends none."""
    plain = np.array([c.family in ("browser", "desktop", "mobile") for c in CLIENTS])[client]
    count = len(client)
    temperature = _TEMPERATURES[rng.choice(len(_TEMPERATURES), count, p=_TEMPERATURE_SHARES)]
    cap = _CAPS[rng.choice(len(_CAPS), count, p=_CAP_SHARES)]
    stream = (rng.random(count) < 0.45).astype(np.int64)
    return np.where(plain, np.nan, temperature), np.where(plain, 0, cap), np.where(plain, 1, stream)
