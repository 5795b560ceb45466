"""Who sends the traffic of the reference case: kinds of accounts, the groups that they form, what they own.

Everything about an account is a function of the seed and its number, so that any process can draw any part
of the traffic by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.model.fingerprints import ACCOUNT_PRINTS

Ints = NDArray[np.int64]

DAY = 86_400_000_000
START = 20_565 * DAY  # 22 April 2026, in microseconds since 1970
DAYS = 45
ROWS_PER_ACCOUNT = 300
REPLACED = 0.02
"""Share of the campaign's accounts that are banned at the end of the window; on the day after it others take their place."""

CAMPAIGN_ACCOUNTS = 0.025
CAMPAIGN_ROWS = 0.096
PATHWAYS = ("self-serve", "education", "research", "startup", "enterprise", "partner")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of account. Shares go from 0 to 1; passages are counted in an exchange.

    share      of all innocent accounts
    rate       how much one sends, beside the other kinds
    group      accounts that have things in common; 0: each for itself; -1: few groups of very unlike sizes
    own        passages that occur nowhere else (mean)
    frame      passages of the group's template (of the account's, where it stands alone), `themed` how often
    copies     size of the set that whole prompts are taken from, 0 where everybody writes for himself
    address    home, office (one for the group), pool (some for the group), runner (ever new)
    """

    name: str
    share: float
    rate: float
    group: int = 0
    own: float = 2.2
    frame: int = 0
    themed: float = 0.0
    versions: int = 1
    copies: int = 0
    system: float = 0.0
    tools: float = 0.0
    skeleton: float = 0.02
    flat: bool = False
    address: str = "home"
    org: bool = False
    client: bool = False
    capability: int = 11
    elicitation: float = 0.003
    talk: float = 0.7  # share of exchanges that belong to a conversation
    answer: float = 280.0


KINDS: tuple[Kind, ...] = (
    Kind("campaign", 0.0, 1.0, -2, own=4.5, frame=7, themed=0.85, versions=24, system=0.25, tools=0.15,
         skeleton=0.05, flat=True, address="pool", client=True, capability=0, elicitation=0.06, talk=0.1,
         answer=800.0),
    Kind("individual", 0.272, 20),
    Kind("cgnat_user", 0.06, 20, 200, address="pool"),
    Kind("vpn_user", 0.05, 20, 400, address="pool"),
    Kind("app_user", 0.15, 23, -1, system=1.0, tools=0.9, client=True, talk=0.8),
    Kind("own_key_tool", 0.10, 27, -1, own=4.0, frame=6, themed=0.75, versions=4, system=0.3, skeleton=0.09,
         client=True, capability=4, elicitation=0.05, answer=740.0),
    Kind("developer", 0.11, 40, own=4.0, frame=6, themed=0.4, versions=5, system=0.4, skeleton=0.06, capability=0,
         elicitation=0.015, answer=630.0),
    Kind("employer_staff", 0.10, 28, 60, own=3.5, frame=6, themed=0.35, versions=3, system=0.7, address="office",
         org=True, capability=0, answer=480.0),
    Kind("student", 0.08, 17, 120, own=1.8, frame=3, themed=0.3, versions=6, copies=40, address="office",
         capability=2, talk=1.0),
    Kind("evaluator", 0.02, 90, 400, own=0.8, frame=4, themed=1.0, copies=2_000, flat=True, capability=2,
         talk=0.0, answer=640.0),
    Kind("regression_suite", 0.004, 230, own=4.0, frame=2, themed=1.0, copies=40, system=1.0, flat=True,
         address="runner", org=True, talk=0.0),
    Kind("ci_agent", 0.005, 370, 3, own=9.0, frame=11, themed=1.0, versions=2, system=1.0, tools=1.0,
         skeleton=0.6, flat=True, address="runner", org=True, capability=1, talk=0.0, answer=420.0),
    Kind("batch_job", 0.006, 600, own=7.0, frame=11, themed=1.0, system=0.6, skeleton=0.1, flat=True,
         address="office", org=True, capability=4, elicitation=0.03, talk=0.0, answer=480.0),
    Kind("reseller_customer", 0.05, 30, 300, address="pool", org=True, talk=0.55),
    Kind("proxy_customer", 0.015, 50, 300, own=3.0, address="pool", client=True, talk=0.5),
    Kind("viral_prompt", 0.03, 11, 5_000, frame=3, themed=0.06),
    Kind("hackathon", 0.012, 14, 80, own=4.5, frame=2, themed=0.5, system=1.0, tools=1.0, address="office",
         capability=0, answer=640.0),
    Kind("inhouse_synthetic", 0.004, 390, 12, own=7.0, frame=8, themed=1.0, versions=3, system=1.0, skeleton=0.2,
         flat=True, address="office", org=True, client=True, capability=0, elicitation=0.3, talk=0.0,
         answer=650.0),
    Kind("agent_fleet", 0.008, 120, 25, own=10.0, frame=9, themed=1.0, system=1.0, tools=1.0, skeleton=0.5,
         address="office", org=True, client=True, capability=1, talk=0.6, answer=400.0),
)  # fmt: skip
CAMPAIGN = 0


def mix(*parts: NDArray[np.generic] | int) -> NDArray[np.uint64]:
    """64 well-mixed bits for each position of the parts, which broadcast; Steele et al. 2014 (SplitMix)."""
    out: NDArray[np.uint64] = np.zeros(1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            out = out * np.uint64(0x9E3779B97F4A7C15) + np.asarray(part).astype(np.uint64) + np.uint64(1)
            out ^= out >> np.uint64(30)
            out *= np.uint64(0xBF58476D1CE4E5B9)
            out ^= out >> np.uint64(27)
            out *= np.uint64(0x94D049BB133111EB)
            out ^= out >> np.uint64(31)
    return out


def names(*parts: NDArray[np.generic] | int) -> Ints:
    """Names as a keyed hash would give them: int64, never 0."""
    return (mix(*parts) | np.uint64(1)).view(np.int64)


def share(*parts: NDArray[np.generic] | int) -> NDArray[np.float64]:
    """A number from 0 to 1 for each position of the parts."""
    return (mix(*parts) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def field_of(name: str) -> NDArray[np.float64]:
    """A field of KINDS, kind by kind, as numbers."""
    return np.array([getattr(kind, name) for kind in KINDS], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Crowd:
    """All accounts, one entry each, in the order of their ids.

    group     a number for accounts that have things in common, unique over kinds
    rate      exchanges in an average day
    begins    first active day, from 0
    careful   campaign accounts with hours, address, age and purse of their own
    """

    seed: int
    kind: Ints
    group: Ints
    rate: NDArray[np.float64]
    zone: NDArray[np.float64]
    begins: NDArray[np.float64]
    careful: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Accounts."""
        return len(self.kind)

    def ids(self, numbers: Ints) -> pa.Array:
        """Account ids of account numbers; ids stand in the order of numbers."""
        return prefixed("acct_", numbers + 10_000_000)

    def ids_on(self, day: int, numbers: Ints) -> pa.Array:
        """Account ids on a day: after the window, new accounts stand in the place of REPLACED of the campaign's."""
        return self.ids(
            np.where(self.replaced[numbers], numbers + self.size, numbers) if day >= DAYS else numbers
        )

    @property
    def replaced(self) -> NDArray[np.bool_]:
        """Whose place a new account takes when the window is over."""
        told = share(self.seed, 9, np.arange(self.size)) < REPLACED
        return np.asarray((self.kind == CAMPAIGN) & told)


def prefixed(prefix: str, numbers: Ints) -> pa.Array:
    """Strings made of a prefix and a number."""
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")


@cache
def crowd(rows: int, seed: int) -> Crowd:
    """The accounts of a case of so many exchanges."""
    size = max(rows // ROWS_PER_ACCOUNT, 400)
    number = np.arange(size)
    place = np.argsort(mix(seed, 1, number), kind="stable")  # kinds are scattered over the ids
    bad = round(size * CAMPAIGN_ACCOUNTS)
    shares = field_of("share")
    bounds = bad + np.round(np.cumsum(shares) / shares.sum() * (size - bad)).astype(np.int64)
    kind = np.empty(size, dtype=np.int64)
    rank = np.empty(size, dtype=np.int64)
    kind[place] = np.searchsorted(bounds, number, side="right")
    starts = np.r_[0, bounds[:-1]]
    rank[place] = number - starts[np.searchsorted(bounds, number, side="right")]
    group = _groups(kind, rank, size, seed)
    rate = field_of("rate")[kind] * np.exp(0.9 * _normal(seed, 2, number))
    campaign = kind == CAMPAIGN
    rate[campaign] = np.exp(0.25 * _normal(seed, 3, number[campaign]))
    fresh = (share(seed, 4, number) < 0.12) & ~campaign
    begins = np.where(
        fresh, share(seed, 5, number) * DAYS, np.where(campaign, share(seed, 6, number) * 2.5, 0.0)
    )
    lasts = DAYS - np.floor(begins)
    for told, wanted in ((campaign, CAMPAIGN_ROWS * rows), (~campaign, (1 - CAMPAIGN_ROWS) * rows)):
        rate[told] *= wanted / (rate[told] * lasts[told]).sum()
    return Crowd(
        seed, kind, group, rate, np.floor(24 * share(seed, 7, group)), begins,
        campaign & (share(seed, 8, number) < 0.1),
    )  # fmt: skip


def _groups(kind: Ints, rank: Ints, size: int, seed: int) -> Ints:
    out = np.empty(size, dtype=np.int64)
    for number, one in enumerate(KINDS):
        mine = kind == number
        if one.group == 0:
            local = rank[mine]
        elif one.group == -2:
            local = np.zeros(mine.sum(), dtype=np.int64)
        elif one.group == -1:
            many = 10 + size // 25_000
            local = np.floor(many * share(seed, 9, number, rank[mine]) ** 2.5).astype(np.int64)
        else:
            local = rank[mine] // one.group
        out[mine] = (number << 40) + local
    return out


def _normal(*parts: NDArray[np.generic] | int) -> NDArray[np.float64]:
    """Standard normal numbers, by Box and Muller."""
    radius = np.sqrt(-2.0 * np.log(1.0 - share(*parts, 1)))
    return radius * np.cos(2.0 * np.pi * share(*parts, 2))


def account_prints(people: Crowd) -> pa.Table:
    """ACCOUNT_PRINTS of everybody."""
    number, seed = np.arange(people.size), people.seed
    campaign = (people.kind == CAMPAIGN) & ~people.careful
    age = np.floor(share(seed, 20, number) ** 0.7 * 900 * DAY).astype(np.int64)
    class_age = np.floor((20 + 60 * share(seed, 21, people.group)) * DAY).astype(np.int64)
    together = np.isin(people.kind, [i for i, k in enumerate(KINDS) if k.name in ("student", "hackathon")])
    pool = np.isin(people.kind, [i for i, k in enumerate(KINDS) if k.name == "proxy_customer"])
    burst = np.floor((0.3 + 6.0 * share(seed, 22, number)) * DAY).astype(np.int64)
    created = START - np.where(together | pool, class_age - burst // 2, age)
    created = np.where(campaign, START - burst, created)
    started = (people.begins > 0) & (people.kind != CAMPAIGN)
    created = np.where(started, START + np.floor(people.begins * DAY).astype(np.int64), created)
    org = field_of("org")[people.kind] > 0
    one_purse = org & ~np.isin(people.kind, [i for i, k in enumerate(KINDS) if k.name == "reseller_customer"])
    purse = names(seed, 23, number)
    purse = np.where(one_purse, names(seed, 24, people.group), purse)
    tens = np.floor(share(seed, 25, number) * max(campaign.sum() // 12, 1)).astype(np.int64)
    purse = np.where(campaign, names(seed, 26, tens), purse)
    purse = np.where(pool, names(seed, 27, people.group, number % 20), purse)
    providers = names(seed, 28, np.floor(12 * share(seed, 29, number) ** 2).astype(np.int64))
    home = names(seed, 30, number, 0)
    signup = np.where(campaign, names(seed, 31, tens % max(campaign.sum() // 40, 1)), home)

    def known(values: Ints, rate: float, salt: int) -> pa.Array:
        return pa.array(values, mask=share(seed, salt, number) >= rate)

    path = np.minimum(
        np.floor(share(seed, 32, number) ** 2 * len(PATHWAYS)).astype(np.int64), len(PATHWAYS) - 1
    )
    columns = {
        "account_id": people.ids(number),
        "created_at": pa.array(created, pa.int64()).cast(ACCOUNT_PRINTS.field("created_at").type),
        "org_hash": pa.array(names(seed, 33, people.group), mask=~org),
        "country": pa.array(["US"] * people.size),
        "email_domain_hash": pa.array(np.where(org, names(seed, 34, people.group), providers)),
        "email_hash": pa.array(names(seed, 35, number)),
        "payment_hash": known(purse, 0.8, 36),
        "phone_hash": known(names(seed, 37, number), 0.75, 38),
        "signup_ip_hash": pa.array(signup),
        "signup_prefix_hash": pa.array(names(seed, 39, signup >> 3)),
        "pathway": pa.array(np.array(PATHWAYS)[path]),
        "plan": pa.array(np.where(org, "enterprise", "pro")),
        "verified": pa.array(share(seed, 40, number) < 0.7),
        "banned_at": pa.nulls(people.size, ACCOUNT_PRINTS.field("banned_at").type),
    }
    return pa.table([columns[field.name].cast(field.type) for field in ACCOUNT_PRINTS], schema=ACCOUNT_PRINTS)


def account_prints_after(people: Crowd) -> pa.Table:
    """ACCOUNT_PRINTS on the day after the window: of everybody, some of the campaign's banned, and of who takes their place."""
    table, gone = account_prints(people), people.replaced
    bans = pa.array(np.full(people.size, START + DAYS * DAY), pa.int64(), mask=~gone)
    column = ACCOUNT_PRINTS.get_field_index("banned_at")
    banned = table.set_column(
        column, ACCOUNT_PRINTS.field(column), bans.cast(ACCOUNT_PRINTS.field(column).type)
    )
    number = np.flatnonzero(gone)
    fresh = table.filter(pa.array(gone))
    for name, values in (
        ("account_id", people.ids_on(DAYS, number)),
        ("created_at", pa.array(np.full(len(number), START + DAYS * DAY - DAY // 4), pa.int64())),
        ("email_hash", pa.array(names(people.seed, 41, number))),
    ):
        column = ACCOUNT_PRINTS.get_field_index(name)
        fresh = fresh.set_column(
            column, ACCOUNT_PRINTS.field(column), values.cast(ACCOUNT_PRINTS.field(column).type)
        )
    return pa.concat_tables([banned, fresh])


def truth(people: Crowd) -> tuple[pa.Table, pa.Table]:
    """Members (account_id, campaign) and accounts (account_id, archetype)."""
    bad = np.flatnonzero(people.kind == CAMPAIGN)
    members = pa.table({"account_id": people.ids(bad), "campaign": ["letter"] * len(bad)})
    kinds = np.array([kind.name for kind in KINDS])[people.kind]
    return members, pa.table({"account_id": people.ids(np.arange(people.size)), "archetype": kinds})
