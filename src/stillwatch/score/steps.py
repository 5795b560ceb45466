"""Relational steps of the score room."""

from __future__ import annotations

from stillwatch.engines.parts import Range, repeated_values
from stillwatch.engines.plan import Engine, Step
from stillwatch.score.scenes import TYING_BITS
from stillwatch.score.wording import AGAIN, LIVES_BY, RECURS

FAILOVER = 600_000_000
"""Microseconds in which another account takes a refused task over."""

WIDELY = 0.2
"""A template that a smaller part of the members shows does not speak for the group."""

MOST_OF_ONE = 100
"""So many uses of a template count of one account at most: one machine doesn't decide whose it is."""

HARDLY_ANY = 0.1
"""Where no larger share of the members who keep a template lives by it, and more strangers do, members carry it for these."""

FEWEST_USERS = 5
SELDOM = 25
"""A template of which so many strangers show, on the average, so many times the share of their exchanges that members show
of theirs, these carry for its users: nobody hides a stream so well in some accounts and shows it so plainly in others."""


def outsiders() -> Step:
    """OUTSIDERS: how many accounts outside a cluster show a template that ties it, and who uses the one most its own.

    uses, own  exchanges that show that template, by anybody and by members. Of the templates that WIDELY of the members
               show it is the one of which they send the largest share. A cluster that fills one text with another, which
               fills more than that, counts its members as its own.
    """
    return Step(
        "outsiders",
        ("holdings", "clusters", "cluster_templates", "one_text"),
        f"""
        WITH ties AS (SELECT cluster, count(*) AS n FROM cluster_templates WHERE bits >= {TYING_BITS} GROUP BY cluster),
        pairs AS (SELECT cluster, other FROM one_text UNION ALL SELECT other, cluster FROM one_text),
        ours AS (
            SELECT cluster, ix, max(member) AS member FROM (
                SELECT cluster, ix, 1 AS member FROM clusters
                UNION ALL
                SELECT p.cluster, c.ix, 0 AS member
                FROM pairs p JOIN clusters c ON c.cluster = p.other
                JOIN ties a ON a.cluster = p.cluster JOIN ties b ON b.cluster = p.other
                WHERE b.n > a.n)
            GROUP BY cluster, ix),
        shown AS (
            SELECT ct.cluster, ct.t, h.ix, least(h.exchanges, {MOST_OF_ONE}) AS n,
                   o.ix IS NOT NULL AS ours, coalesce(o.member, 0) = 1 AS member
            FROM cluster_templates ct JOIN holdings h ON h.t = ct.t
            LEFT JOIN ours o ON o.cluster = ct.cluster AND o.ix = h.ix
            WHERE ct.bits >= {TYING_BITS}),
        others AS (SELECT cluster, count(DISTINCT ix) AS accounts FROM shown WHERE NOT member GROUP BY cluster),
        used AS (
            SELECT cluster, t, count(*) FILTER (WHERE member) AS members, sum(n) AS uses,
                   coalesce(sum(n) FILTER (WHERE ours), 0) AS own
            FROM shown GROUP BY cluster, t),
        sizes AS (SELECT cluster, count(*) AS size FROM clusters GROUP BY cluster),
        ranked AS (
            SELECT u.cluster, u.uses, u.own,
                   row_number() OVER (PARTITION BY u.cluster
                                      ORDER BY CASE WHEN u.members >= {WIDELY} * s.size THEN 0 ELSE 1 END,
                                               CAST(u.own AS DOUBLE) / u.uses DESC, u.own DESC, u.t) AS place
            FROM used u JOIN sizes s ON s.cluster = u.cluster)
        SELECT r.cluster, coalesce(o.accounts, 0) AS accounts, CAST(r.uses AS BIGINT) AS uses,
               CAST(r.own AS BIGINT) AS own
        FROM ranked r LEFT JOIN others o ON o.cluster = r.cluster WHERE r.place = 1""",
    )


def address_outsiders() -> Step:
    """ADDRESS_OUTSIDERS: for each address of a cluster's members, how many accounts outside show it too."""
    return Step(
        "address_outsiders",
        ("indicators", "clusters"),
        """
        SELECT c.cluster, i.key, max(i.degree) - count(*) AS accounts
        FROM clusters c JOIN indicators i ON i.ix = c.ix AND i.kind = 'address'
        GROUP BY c.cluster, i.key""",
    )


def signatures() -> Step:
    """SIGNATURES: reasoning signatures that came from more than one account or conversation, with how many."""
    return Step(
        "signatures",
        ("prints", "dropped", "signatures_twice"),
        """
        SELECT reasoning_signature_hash, greatest(count(DISTINCT account_id), count(DISTINCT conversation_id)) AS places
        FROM prints
        WHERE reasoning_signature_hash IN (SELECT value FROM signatures_twice)
          AND "row" NOT IN (SELECT "row" FROM dropped)
        GROUP BY reasoning_signature_hash
        HAVING count(DISTINCT account_id) >= 2 OR count(DISTINCT conversation_id) >= 2""",
    )


def taken_over() -> Step:
    """TAKEN_OVER: exchanges answered with an error whose very prompt another account sent within minutes.

    Going back through a prompt's exchanges, two of those behind a place are kept in mind: the next answered one, and
    the next one that another account sent than that. One of the two is by somebody else, whoever asks; so a
    prompt that a million accounts sent costs a million rows.
    """
    return Step(
        "taken_over",
        ("prints", "verbatim", "dropped"),
        f"""
        WITH refused AS (
            SELECT DISTINCT prompt_hash FROM prints JOIN verbatim USING (prompt_hash) WHERE status >= 400),
        sent AS (
            SELECT "row", account_id, prompt_hash, epoch_us(ts) AS us, coalesce(status >= 400, false) AS failed
            FROM prints JOIN refused USING (prompt_hash) WHERE "row" NOT IN (SELECT "row" FROM dropped)),
        placed AS (
            SELECT *, row_number() OVER (PARTITION BY prompt_hash ORDER BY us DESC, failed, account_id, "row") AS place
            FROM sent),
        soonest AS (
            SELECT *,
                   last_value(CASE WHEN NOT failed THEN account_id END IGNORE NULLS)
                       OVER (PARTITION BY prompt_hash ORDER BY place) AS account,
                   last_value(CASE WHEN NOT failed THEN us END IGNORE NULLS)
                       OVER (PARTITION BY prompt_hash ORDER BY place) AS soon
            FROM placed),
        turned AS (
            SELECT *,
                   lag(account) OVER (PARTITION BY prompt_hash ORDER BY place) AS account_before,
                   lag(soon) OVER (PARTITION BY prompt_hash ORDER BY place) AS soon_before
            FROM soonest),
        known AS (
            SELECT *,
                   last_value(CASE WHEN account <> account_before THEN soon_before END IGNORE NULLS)
                       OVER (PARTITION BY prompt_hash ORDER BY place) AS by_another
            FROM turned)
        SELECT "row" FROM known
        WHERE failed AND CASE WHEN account <> account_id THEN soon ELSE by_another END <= us + {FAILOVER}""",
    )


def find_signatures(engine: Engine) -> None:
    """Leaves SIGNATURES."""
    rows = int(engine.query("SELECT count(reasoning_signature_hash) AS n FROM prints")["n"][0].as_py())
    repeated_values(engine, "signatures_twice", "reasoning_signature_hash", "prints", rows)
    engine.run(signatures())


def listed_members() -> Step:
    """LISTED_MEMBERS: the members of listed clusters, and who was added to them."""
    return Step(
        "listed_members",
        ("clusters", "listed_clusters", "added"),
        """
        SELECT l.campaign AS cluster, c.ix FROM clusters c JOIN listed_clusters l ON l.cluster = c.cluster
        UNION
        SELECT cluster, ix FROM added""",
    )


def carried_texts() -> Step:
    """CARRIED_TEXTS: templates of listed clusters that members carry for other people: strangers live by them, hardly members.

    As for the pieces of a wording, an account lives by what it shows around several prompts in LIVES_BY of the exchanges
    of the template that it shows most. A public text that the members fill themselves is theirs.
    """
    return Step(
        "carried_texts",
        ("holdings", "sighting_bits", "listed_clusters", "listed_members", "people"),
        f"""
        WITH told AS (
            SELECT DISTINCT l.campaign AS cluster, b.t FROM sighting_bits b JOIN listed_clusters l ON l.cluster = b.cluster),
        shown AS (
            SELECT k.cluster, k.t, h.ix, h.exchanges FROM told k JOIN holdings h ON h.t = k.t WHERE h.contexts >= {AGAIN}),
        most AS (SELECT ix, max(exchanges) AS most FROM holdings WHERE ix IN (SELECT ix FROM shown) GROUP BY ix),
        habits AS (
            SELECT s.cluster, s.t, c.ix IS NOT NULL AS member, s.exchanges >= {LIVES_BY} * m.most AS lives,
                   s.exchanges >= {RECURS} * m.most AS keeps, 1000000 * s.exchanges // p.exchanges AS share
            FROM shown s JOIN most m ON m.ix = s.ix JOIN people p ON p.ix = s.ix
            LEFT JOIN listed_members c ON c.cluster = s.cluster AND c.ix = s.ix)
        SELECT cluster, t FROM habits GROUP BY cluster, t
        HAVING (count(*) FILTER (lives AND NOT member) > count(*) FILTER (lives AND member) + 1
                AND count(*) FILTER (lives AND member) <= {HARDLY_ANY} * count(*) FILTER (keeps AND member))
            OR (count(*) FILTER (NOT member) >= {FEWEST_USERS}
                AND sum(share) FILTER (NOT member) * count(*) FILTER (member)
                    > {SELDOM} * sum(share) FILTER (member) * count(*) FILTER (NOT member))""",
    )


def listed_shown_in(part: Range) -> Step:
    """LISTED_SHOWN: exchanges of all accounts that show a template of a listed cluster; `whole` bits weighs the heaviest.

    What its members carry for other people is none of it.
    """
    return Step(
        f"listed_shown_{part.number}",
        (f"hits_{part.number}", "sighting_bits", "listed_clusters", "carried_texts"),
        f"""
        SELECT l.campaign AS cluster, h."row", h.ix, CAST(floor(max(b.bits)) AS BIGINT) AS whole
        FROM (SELECT "row", ix, unnest(shown) AS t FROM hits_{part.number}) h
        JOIN sighting_bits b ON b.t = h.t JOIN listed_clusters l ON l.cluster = b.cluster
        LEFT JOIN carried_texts o ON o.cluster = l.campaign AND o.t = h.t
        WHERE o.t IS NULL
        GROUP BY l.campaign, h."row", h.ix""",
        large=True,
    )


def listed_holders_in(part: Range) -> Step:
    """LISTED_HOLDERS: the accounts that show so many bits of a listed cluster, and no more, in an exchange."""
    return Step(
        f"listed_holders_{part.number}",
        (f"listed_shown_{part.number}",),
        f"SELECT DISTINCT cluster, whole, ix FROM listed_shown_{part.number}",
    )


def exchange_weights() -> Step:
    """EXCHANGE_WEIGHTS: what it weighs, in bits, that a member's exchange shows a template so heavy, and none heavier.

    How many of the members send such exchanges, against how many others do: what the others do the members
    would do without the campaign, too. Exchanges of one account depend on each other, so accounts are counted. The
    heaviest template of an exchange is what it shows: that a light one often stands beside a heavy one says nothing
    of where it stands alone. Templates of like weight are weighed together, since alone they are too rarely alone.
    """
    return Step(
        "exchange_weights",
        ("listed_holders", "listed_members", "people"),
        """
        WITH counted AS (
            SELECT h.cluster, h.whole, count(c.ix) AS inside, count(*) - count(c.ix) AS outside
            FROM listed_holders h LEFT JOIN listed_members c ON c.cluster = h.cluster AND c.ix = h.ix
            GROUP BY h.cluster, h.whole),
        size AS (
            SELECT cluster, count(*) AS members, (SELECT count(*) FROM people) - count(*) AS others
            FROM listed_members GROUP BY cluster),
        shares AS (
            SELECT k.cluster, k.whole, (k.inside + 0.5) / (s.members + 1.0) AS m,
                   (k.outside + 0.5) / (s.others + 1.0) AS u
            FROM counted k JOIN size s ON s.cluster = k.cluster)
        SELECT cluster, whole, round(ln((m - u) / u) / ln(2.0), 6) AS bits FROM shares WHERE m >= 2.0 * u""",
    )


def listed_sightings_in(part: Range) -> Step:
    """LISTED_SIGHTINGS: exchanges of listed clusters' members that are likelier theirs than not, with their weight."""
    return Step(
        f"listed_sightings_{part.number}",
        (f"listed_shown_{part.number}", "exchange_weights", "listed_members"),
        f"""
        SELECT s.cluster, s."row", s.ix, w.bits FROM listed_shown_{part.number} s
        JOIN exchange_weights w ON w.cluster = s.cluster AND w.whole = s.whole
        JOIN listed_members c ON c.cluster = s.cluster AND c.ix = s.ix""",
        large=True,
    )
