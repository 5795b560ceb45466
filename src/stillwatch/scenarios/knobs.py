"""What a scenario is made of: populations of innocents, campaigns, and their knobs."""

from __future__ import annotations

from dataclasses import dataclass, fields

from stillwatch.errors import InvalidParameter

PROXIES: tuple[str, ...] = ("own", "datacentre", "vpn", "residential")
RHYTHMS: tuple[str, ...] = ("in step", "flat", "machine", "human")

_SHARES = (
    "mixing", "care", "paraphrase", "borrowed_lines", "stolen", "search", "signature_replay", "relayed",
    "old_accounts", "new_wording", "own_wording", "own_words",
)  # fmt: skip


@dataclass(frozen=True)
class Population:
    """So many accounts of one archetype; `rate` multiplies how much each of them does."""

    archetype: str
    accounts: int
    rate: float = 1.0


@dataclass(frozen=True)
class Campaign:
    """Accounts of one operator that copy a model, and how they hide. Shares go from 0 to 1.

    accounts            in all its pools together
    per_day             median campaign exchanges an account and active day
    spread              sigma of the log-normal between accounts
    first_day, last_day of the window, fractions allowed; None: to the end
    mixing              share of the accounts' traffic that is other people's
    care                share of accounts with human hours, and a rate, address, age and wording of their own
    own_wording         share of the template that each careful account words anew for itself
    own_words           share of the words that each careful account puts otherwise in what is left of the template
    paraphrase          how far the template's wording drifts; `languages` are those it may drift into
    families            templates that are used side by side
    proxies             own | datacentre | vpn | residential
    exits               addresses of the pool
    borrowed_lines      share of residential exits that are innocent people's own lines
    pool                campaigns with the same name share one proxy pool
    purse_size          accounts that pay from one purse; 1: each its own
    signup_days         how many days the sign-ups took; 0: no burst, accounts as old as anybody's
    old_accounts        share of accounts that are as old as anybody's, beside the careful ones
    one_client          all accounts use one client and one set of parameters
    pathways            accounts come by several pathways (education, research, start-up, partner ...)
    rhythm              in step | flat | machine | human
    succession_day      the first pool is banned on this day and a second begins within hours; None: never
    new_wording         how far the second pool's wording drifts from the first one's; 0: they share all variants
    pivot               moves to the new model within 24 h of its release
    load_sharing        one stream of tasks is dealt out, no task twice; else tasks repeat over accounts
    relayed             share of contents that are real users' own requests
    stolen              share of accounts that are real customers' with a history of their own
    search              share of exchanges that try ever new ways of asking, early on
    signature_replay    share of exchanges that send back a reasoning block from another account
    customers           innocent accounts in the same proxy pool, which carry other people's traffic alone
    """

    name: str
    purposes: tuple[str, ...]
    accounts: int
    per_day: float = 26.0
    spread: float = 0.35
    first_day: float = 0.0
    last_day: float | None = None
    mixing: float = 0.0
    care: float = 0.0
    own_wording: float = 0.85
    own_words: float = 0.0
    paraphrase: float = 0.2
    languages: tuple[str, ...] = ()
    families: int = 1
    proxies: str = "datacentre"
    exits: int = 400
    borrowed_lines: float = 0.0
    pool: str | None = None
    purse_size: int = 1
    signup_days: float = 4.0
    old_accounts: float = 0.0
    one_client: bool = False
    pathways: bool = False
    rhythm: str = "flat"
    succession_day: float | None = None
    new_wording: float = 0.0
    pivot: bool = False
    load_sharing: bool = True
    relayed: float = 0.0
    stolen: float = 0.0
    search: float = 0.0
    signature_replay: float = 0.0
    customers: int = 0

    def __post_init__(self) -> None:
        for name in _SHARES:
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InvalidParameter(f"Campaign {self.name}: {name} is {value}; a share goes from 0 to 1")
        if self.mixing > 0.99:
            raise InvalidParameter(
                f"Campaign {self.name}: mixing is {self.mixing}; at most 0.99 leaves a campaign"
            )
        if self.accounts < 1 or self.per_day <= 0 or self.families < 1 or self.purse_size < 1:
            raise InvalidParameter(
                f"Campaign {self.name}: accounts, per_day, families and purse_size start above 0"
            )
        if self.proxies not in PROXIES or self.rhythm not in RHYTHMS:
            raise InvalidParameter(
                f"Campaign {self.name}: proxies {self.proxies}, rhythm {self.rhythm}",
                hint=f"proxies is one of {', '.join(PROXIES)}; rhythm one of {', '.join(RHYTHMS)}.",
            )


@dataclass(frozen=True)
class Scenario:
    """Traffic to compose: who is in it, for how long, and the day a new model comes out.

    release_day     of the window, fractions allowed
    """

    name: str
    description: str
    populations: tuple[Population, ...]
    campaigns: tuple[Campaign, ...] = ()
    days: int = 14
    release_day: float = 6.4

    def knobs(self) -> dict[str, object]:
        """The scenario as plain values, for scenario.json."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        own["populations"] = [_plain(population) for population in self.populations]
        own["campaigns"] = [_plain(campaign) for campaign in self.campaigns]
        return own


def _plain(value: Population | Campaign) -> dict[str, object]:
    found = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: list(held) if isinstance(held, tuple) else held for name, held in found.items()}
