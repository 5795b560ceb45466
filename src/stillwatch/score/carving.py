"""Who is carved out of a group: staff of a declared organisation, who is more like them, and who only shares phrases
with it."""

from __future__ import annotations

import numpy as np

from stillwatch.score.scene import Bools, Floats, Population, Scene, distinct_pairs
from stillwatch.stats.rarity import sharing_bits

FEWEST_STAFF = 3
"""So many members of one organisation explain themselves."""

FEWEST_MEMBERS = 5
"""A group of fewer members is none."""

NEARER = 2.0
"""Bits by which a member's templates are likelier among those carved out than in the rest: 4 to 1, as for membership."""

GAP_BITS = 2.0
"""Members' exchanges that tell a quarter of what the others' tell share phrases with the group, not its template."""

KINDS_SHARE = 0.85
"""Two kinds leave at most the rest of the variance unexplained: a law with one mode leaves a quarter at least, which the
uniform does."""

KINDS_BITS = 3.0
"""Exchanges of the lower kind are eight times less telling at least: what a wording of one's own takes away is less."""

OWN = 3
"""So many templates of its own set a class of members apart."""

OFTEN = 0.25
"""A class has a template of its own where this share of it at least shows it,"""

HARDLY = 0.05
"""and at most this share of the other class."""

MOSTLY = 0.75
"""So many of a class are tied by more than a text,"""

RARELY = 0.25
"""and so many of the other class at most;"""

NEARLY_ALL = 0.9
"""so many of those who are tied show their operator's template."""

ROUNDS = 20
"""So many rounds at most until the two classes settle; else there is one."""


def without_organisations(scene: Scene, people: Population) -> Bools:
    """(n,) all members but those that a declared organisation explains, and those who show what its staff shows.

    Staff of an organisation that fills a like template in the open may hang on to a group that is not
    theirs: where at least three members share an organisation that most of the group doesn't, they go. Then they
    are strangers to the group, known for sure: whoever shows their templates and lacks those that set the rest
    apart is one of the same innocents without a name on record, and goes as well.
    """
    everyone = np.ones(scene.size, dtype=bool)
    org = people.org[scene.members]
    names, counts = np.unique(org[org != 0], return_counts=True)
    staff = np.isin(org, names[(counts >= FEWEST_STAFF) & (counts < 0.5 * scene.size)])
    if not staff.any() or not _left(scene, ~staff):
        return everyone
    keep = ~staff & (apart(scene, staff) > -NEARER)
    return keep if _left(scene, keep) else ~staff


def apart(scene: Scene, staff: Bools) -> Floats:
    """(n,) bits by which each member's templates speak for the rest of the group against `staff`, (n,), at least one.

    0 where a member's exchanges were not looked at. Templates that the staff shows as often as the rest weigh
    nothing, however rare they are elsewhere.
    source  Fellegi & Sunter 1969: log2(m/u), with the staff in the place of strangers
    """
    shows = _shows(scene)
    seen = np.zeros(scene.size, dtype=bool)
    seen[scene.who[scene.sampled]] = True
    rest, own = seen & ~staff, seen & staff
    if not rest.any() or not own.any():
        return np.zeros(scene.size)
    return np.where(seen, _for_the_first(shows, rest, own), 0.0)


def saying_as_much(scene: Scene, among: Bools) -> Bools:
    """(n,) the members but those whose exchanges tell much less of the group than the others' do.

    among  (n,) the members that count

    Who shares a phrase with a group, and sends much, shows one after the other of its phrases; but never
    several at once, as whoever fills its template. Where the mean weight of members' exchanges has a gap of
    GAP_BITS in it, or parts them into two kinds, those below share phrases only, unless they are the most: then it
    is they who are the group.
    """
    counts = scene.per_member()
    seen = np.flatnonzero(among & (counts > 0))
    if len(seen) <= FEWEST_MEMBERS:
        return np.ones(scene.size, dtype=bool)
    # Whole thousandths add up to the same sum in any order.
    sums = np.bincount(scene.who, weights=np.rint(1000.0 * scene.weight), minlength=scene.size)
    mean = sums[seen] / counts[seen] / 1000.0
    ordered = np.sort(mean)
    gaps = np.diff(ordered)[: len(ordered) - FEWEST_MEMBERS]
    widest = int(np.argmax(gaps))
    below = widest + 1 if gaps[widest] >= GAP_BITS else two_kinds(ordered)
    keep = np.ones(scene.size, dtype=bool)
    if below > 0 and 2 * below < len(ordered):
        keep[seen[mean <= ordered[below - 1]]] = False
    return keep


def only_sharing(scene: Scene, among: Bools) -> Bools:
    """(n,) those of the members who show only what the rest of the group shares with them.

    among  (n,) the members that count

    A large group may be tied by two things at once: a template, and the phrases of the trade around it, which others of
    the trade show as well. Members are of two classes then by which templates they show: one has several of its own
    (OWN), which hardly anybody of the other ever shows, and the other has none; and the exchanges of the first
    tell GAP_BITS more. Families of one template have their own on both sides, and parts of a campaign tell as much.
    source  latent classes (Lazarsfeld & Henry 1968), by classification EM (Celeux & Govaert 1992)
    """
    out = np.zeros(scene.size, dtype=bool)
    counts = scene.per_member()
    seen = np.flatnonzero(among & (counts > 0))
    if len(seen) <= FEWEST_MEMBERS:
        return out
    # Whole thousandths add up to the same sum in any order.
    told = np.bincount(scene.who, weights=np.rint(1000.0 * scene.weight), minlength=scene.size)[seen]
    mean = told / counts[seen] / 1000.0
    if np.ptp(mean) < GAP_BITS:
        return out
    shows = _shows(scene)[seen]
    upper = two_classes(shows, mean > np.median(mean))
    if min(upper.sum(), (~upper).sum()) < FEWEST_MEMBERS:
        return out
    own, theirs = apart_by(shows, upper, OFTEN), apart_by(shows, ~upper, OFTEN)
    gap = np.median(mean[upper]) - np.median(mean[~upper])
    if own.sum() >= OWN and not theirs.any() and gap >= GAP_BITS:
        out[seen[~upper]] = True
    return out


def only_texting(scene: Scene, people: Population, among: Bools) -> Bools:
    """(n,) those of the members whom nothing but a text ties to the others, and whose text is not all of theirs.

    among  (n,) the members that count

    Accounts that pay from common purses or send from common addresses tell which text is their operator's. Where one
    class of members is so tied (MOSTLY) and nearly all of it show a template that the other never does, and the
    other is not tied (RARELY) and has no template of its own, what both show is a text that strangers use as well:
    at least as many outside as in that class.
    source  as `only_sharing`, with the ties for a first guess
    """
    out = np.zeros(scene.size, dtype=bool)
    shows = _shows(scene)
    # Whoever's exchanges were not looked at shows nothing, which tells nothing.
    seen = np.flatnonzero(among & shows.any(axis=1))
    if len(seen) <= FEWEST_MEMBERS:
        return out
    tied, shows = _tied(scene, people, among)[seen], shows[seen]
    upper = two_classes(shows, tied)
    if not FEWEST_MEMBERS <= (~upper).sum() <= scene.outsiders or upper.sum() < FEWEST_MEMBERS:
        return out
    own, theirs = apart_by(shows, upper, NEARLY_ALL), apart_by(shows, ~upper, OFTEN)
    if own.any() and not theirs.any() and tied[upper].mean() >= MOSTLY and tied[~upper].mean() <= RARELY:
        out[seen[~upper]] = True
    return out


def apart_by(shows: Bools, first: Bools, often: float) -> Bools:
    """(templates,) which this share of a class shows at least, and HARDLY any of the other members."""
    told: Bools = (shows[first].mean(axis=0) >= often) & (shows[~first].mean(axis=0) <= HARDLY)
    return told


def _tied(scene: Scene, people: Population, among: Bools) -> Bools:
    """(n,) which members have a means of payment, a phone or an address of these exchanges in common with another."""
    tied = np.zeros(scene.size, dtype=bool)
    for held in (people.payment, people.phone):
        names, place, count = np.unique(held[scene.members[among]], return_inverse=True, return_counts=True)
        tied[among] |= (names[place] != 0) & (count[place] > 1)
    rows = among[scene.who] & (scene.address != 0)
    who, address, _ = distinct_pairs(scene.who[rows], scene.address[rows])
    _, place, count = np.unique(address, return_inverse=True, return_counts=True)
    tied[who[count[place] > 1]] = True
    return tied


def two_classes(shows: Bools, first: Bools) -> Bools:
    """(n,) which members are of the first of two classes by the templates that they show; all if they are of one.

    shows  (n, templates); first  (n,) a guess
    """
    for _ in range(ROUNDS):
        if not first.any() or first.all():
            break
        bits = _for_the_first(shows, first, ~first)
        if ((bits > 0.0) == first).all():
            return first
        first = bits > 0.0
    return np.ones(len(shows), dtype=bool)


def two_kinds(ordered: Floats) -> int:
    """How many of the values are of the lower kind, where they are of two kinds at least KINDS_BITS apart; else 0.

    ordered  (n,) ascending
    source   the split that explains most of the variance (Fisher 1958, Journal of the American Statistical Association
             53; Otsu 1979, IEEE Transactions on Systems, Man, and Cybernetics 9)
    """
    n = len(ordered)
    total = float(((ordered - ordered.mean()) ** 2).sum())
    if n < 2 or total == 0.0:
        return 0
    below = np.arange(1, n)
    sums = np.cumsum(ordered)
    low, high = sums[:-1] / below, (sums[-1] - sums[:-1]) / (n - below)
    between = below * (n - below) * (high - low) ** 2 / n
    best = int(np.argmax(between))
    told = between[best] >= KINDS_SHARE * total and high[best] - low[best] >= KINDS_BITS
    return best + 1 if told else 0


def _for_the_first(shows: Bools, first: Bools, second: Bools) -> Floats:
    """(n,) bits by which what each shows, and does not, speaks for the first class of members against the second."""
    shown, absent = sharing_bits(
        shows[first].sum(axis=0), int(first.sum()), shows[second].sum(axis=0), int(second.sum())
    )
    # Whole thousandths add up to the same sum in any order.
    shown, absent = np.rint(1000.0 * shown), np.rint(1000.0 * absent)
    bits: Floats = (shows @ (shown - absent) + absent.sum()) / 1000.0
    return bits


def _left(scene: Scene, keep: Bools) -> bool:
    """Whether those who are kept are a group still, and some of their exchanges were looked at."""
    return bool(keep.sum() >= FEWEST_MEMBERS and (keep & scene.judged)[scene.who].any())


def _shows(scene: Scene) -> Bools:
    """(members, templates) which templates each member shows."""
    names, template = np.unique(scene.shown.flatten().to_numpy(zero_copy_only=False), return_inverse=True)
    who = np.repeat(scene.who[scene.sampled], scene.shown.value_lengths().to_numpy(zero_copy_only=False))
    out = np.zeros((scene.size, len(names)), dtype=bool)
    out[who, template] = True
    return out
