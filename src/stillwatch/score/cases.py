"""The cases of what was decided: each campaign with its members, what is attributed to it, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.engines.parts import Range
from stillwatch.engines.plan import Engine
from stillwatch.model.standing import Standing
from stillwatch.score.carried import Carried, put_beside, read_carried, taken_up
from stillwatch.score.carried_case import carried_case
from stillwatch.score.case import Case, Seen, build_case
from stillwatch.score.core import Core
from stillwatch.score.deciding import Judged
from stillwatch.score.drifting import add_drifting, told_by_one_exchange, who_shows_more
from stillwatch.score.earlier import same
from stillwatch.score.echoes import find_echoes
from stillwatch.score.kinship import related
from stillwatch.score.looks import Verdict
from stillwatch.score.newcomers import newcomers
from stillwatch.score.purses import add_paid_for
from stillwatch.score.rolls import Roll, read_rolls, who_repeats
from stillwatch.score.scene import Bools, Ints, Population
from stillwatch.score.ties import Ties
from stillwatch.score.vouched import not_vouched_for
from stillwatch.score.wording import read_wording, wording_rows


@dataclass(frozen=True, slots=True)
class Named:
    """Whom listed clusters and campaigns that stand name.

    cores     cluster → its members, of listed clusters
    added     cluster → those who were added when it was certain
    paid_for  cluster → those of them for whom it pays
    stand     number of a campaign that stands → all of its accounts in this window
    """

    cores: Mapping[int, Core]
    added: Mapping[int, Core]
    paid_for: Mapping[int, Core]
    stand: Mapping[int, Core]

    @property
    def on_trial(self) -> dict[int, Core]:
        """Cluster or number → everybody whose exchanges it may be attributed."""
        whole = {cluster: own.with_more(self.added.get(cluster)) for cluster, own in self.cores.items()}
        return {**whole, **self.stand}


def cases_of(
    engine: Engine,
    parts: Sequence[Range],
    people: Population,
    ties: Ties,
    judged: Judged,
    known: Mapping[str, frozenset[str]],
    standing: Standing | None,
) -> tuple[list[Case], pa.Table]:
    """The cases of listed clusters and of campaigns that stand, those that are acted on first, and WORDING of the former.

    FACTS are left for what is attributed to them.
    """
    before = read_carried(engine, standing, people, len(ties.begins) - 1)
    carried, again = taken_up(before, judged.listed, judged.acted)
    listed = {cluster: verdict for cluster, verdict in judged.listed.items() if cluster not in again}
    put_beside(engine, carried)
    engine.put("listed_clusters", _listed(judged, listed, again, carried))
    named = _named(engine, parts, people, ties, judged, listed, before, carried)
    ids = {*known, *(each.campaign_id for each in carried)}
    names = inherited(
        {cluster: own.members for cluster, own in named.on_trial.items() if cluster in listed}, people, known
    )
    many = Counter(whole for whole in judged.into.values() if whole in listed)
    cases: list[Case] = []
    carried_on: list[Case] = []
    by_number = {each.cluster: each for each in carried}
    for roll in read_rolls(engine, parts, named.on_trial, (people.since, people.until), len(ids)):
        if standing is not None and roll.cluster in by_number:
            carried_on.append(carried_case(by_number[roll.cluster], standing, roll, people))
            continue
        told = listed[roll.cluster]
        tried = len(named.cores[roll.cluster].members)
        paid_for = named.paid_for.get(roll.cluster)
        cases.append(
            build_case(
                roll,
                people,
                told.observations,
                told.matches,
                Seen(
                    tried,
                    min(told.looked_at, tried),
                    max(many[roll.cluster], 1),
                    len(paid_for.members) if paid_for else 0,
                ),
                roll.cluster in judged.acted,
                judged.prior[roll.cluster],
                ids | {case.campaign_id for case in cases},
                names.get(roll.cluster),
            )
        )
    cases = related(engine, sorted(cases, key=_in_order), people)
    return sorted([*cases, *carried_on], key=_in_order), _wording_of(engine, cases, carried_on, people)


def _listed(
    judged: Judged, listed: Mapping[int, Verdict], again: Mapping[int, int], carried: Sequence[Carried]
) -> pa.Table:
    """LISTED_CLUSTERS: which clusters tell exchanges of which listed one, or of which campaign that stands.

    again  cluster → number of the campaign that it is
    """
    piece = {cluster: cluster for cluster in (*listed, *(each.cluster for each in carried))}
    for cluster, whole in {**{cluster: cluster for cluster in again}, **judged.into}.items():
        if whole not in again:
            piece[cluster] = whole
        elif whole in judged.acted:
            piece[cluster] = again[whole]
    return pa.table(
        {
            "cluster": pa.array(list(piece), pa.int64()),
            "campaign": pa.array(list(piece.values()), pa.int64()),
        }
    )


def _named(
    engine: Engine,
    parts: Sequence[Range],
    people: Population,
    ties: Ties,
    judged: Judged,
    listed: Mapping[int, Verdict],
    before: Sequence[Carried],
    carried: Sequence[Carried],
) -> Named:
    """Who is named; LISTED_SIGHTINGS and ECHOES are left.

    before, carried  campaigns that stand with the accounts that they had, and with the clusters of this window
    """
    cores = {cluster: Core(v.members, v.bits) for cluster, v in listed.items()}
    certain = {cluster: own for cluster, own in cores.items() if cluster in judged.acted}
    certain = who_shows_more(engine, certain, people.size)
    certain = not_vouched_for(certain, certain, people)
    cores = cores | certain
    at_work = {each.cluster: each.core for each in carried if len(each.core.members)}
    new = newcomers(engine, carried, people, ties, judged.innocent, _who(certain.values(), people))
    new |= not_vouched_for({number: own for number, own in new.items() if number in at_work}, at_work, people)
    whole = {each.cluster: each.core.with_more(new.get(each.cluster)) for each in carried}
    stand = {number: own for number, own in whole.items() if len(own.members)}
    paid_for = add_paid_for({**certain, **stand}, people)
    stand = {number: own.with_more(paid_for.get(number)) for number, own in stand.items()}
    drifting = add_drifting(
        engine,
        {cluster: own.with_more(paid_for.get(cluster)) for cluster, own in certain.items()},
        people,
        ties,
        judged.innocent,
        np.flatnonzero(_who(stand.values(), people)),
    )
    drifting = not_vouched_for(drifting, certain, people)
    added = {
        cluster: more
        for cluster in (*certain, *stand)
        if (more := _both(_both(new.get(cluster), drifting.get(cluster)), paid_for.get(cluster))) is not None
    }
    find_echoes(engine, parts, {cluster: more.members for cluster, more in added.items()})
    # Who was a member before stays one, however little is seen of it now.
    known = {each.cluster: each.core for each in before}
    stand = {number: known[number].joined(own) for number, own in who_repeats(engine, stand).items()}
    repeated = who_repeats(engine, cores)
    once = told_by_one_exchange(
        engine,
        {cluster: repeated[cluster].with_more(added.get(cluster)) for cluster in certain},
        cores,
        people,
        ties,
        judged.innocent,
        np.flatnonzero(_who(stand.values(), people)),
    )
    once = not_vouched_for(once, certain, people)
    kept = {cluster: core.with_more(once.get(cluster)) for cluster, core in repeated.items()}
    return Named(kept, added, paid_for, stand)


def _wording_of(
    engine: Engine, cases: Sequence[Case], carried_on: Sequence[Case], people: Population
) -> pa.Table:
    """WORDING of those of the cases that are actionable."""
    acted = [case for case in cases if case.row["actionable"]]
    named = _who((case.roll for case in (*acted, *carried_on)), people)
    return wording_rows(
        engine, {case.campaign_id: read_wording(engine, case.roll.members, named) for case in acted}
    )


def _in_order(case: Case) -> tuple[bool, float, str]:
    return not case.row["actionable"], -case.row["log10_lr"], case.campaign_id


def _who(groups: Iterable[Core | Roll], people: Population) -> Bools:
    """(accounts,) the members of any of the groups."""
    out = np.zeros(people.size, dtype=bool)
    for group in groups:
        out[group.members] = True
    return out


def _both(some: Core | None, more: Core | None) -> Core | None:
    return more if some is None else some.with_more(more)


def inherited(
    clusters: Mapping[int, Ints], people: Population, known: Mapping[str, frozenset[str]]
) -> dict[int, str]:
    """Cluster → the id that it had in an earlier scan, where at least half of the smaller is in both.

    clusters  cluster → account numbers; each id is given once, those with most in common first
    """
    fits = []
    for cluster, members in clusters.items() if known else ():
        names = frozenset(people.account_id.take(pa.array(members)).to_pylist())
        for name, accounts in known.items():
            common = len(names & accounts)
            if same(common, len(names), len(accounts)):
                fits.append((-common, name, cluster))
    out: dict[int, str] = {}
    for _, name, cluster in sorted(fits):
        if cluster not in out and name not in out.values():
            out[cluster] = name
    return out
