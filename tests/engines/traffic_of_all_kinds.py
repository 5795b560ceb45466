"""Fingerprints in which every column that a step reads holds something, and something is missing from each."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import numpy as np
import pyarrow as pa

from prints import CAMPAIGN, Group, traffic
from stillwatch.model.fingerprints import FINGERPRINTS

PACK_USERS = 6


def mixed(seed: int = 6) -> tuple[pa.Table, pa.Table]:
    """FINGERPRINTS and ACCOUNT_PRINTS: a campaign, a customer with staff, a product, a crowd, repeats."""
    template = {"system_hash": -77, "system_passages": [-5, 9, 11, 13, 15, -5_000_000_000_000_000_000]}
    groups = [
        Group("individual", 160, per_account=8),
        dataclasses.replace(CAMPAIGN, accounts=40, per_account=50, themed=0.6),
        Group("staff", 20, per_account=12, template=5, org=True, office=True, client=3),
        Group("product", 25, per_account=8, template=4, themed=0.6, extra={**template, "tools_hash": -31}),
        Group(
            "class",
            15,
            per_account=8,
            template=1,
            copies=True,
            themed=0.7,
            extra={"skeleton_hash": 2**62 + 1},
        ),
    ]
    prints, accounts, group_of = traffic(groups, seed=seed)
    draw = np.random.default_rng(seed)
    rows = prints.to_pylist()
    pack = list(range(60_000, 60_006))
    pack_users = sorted(name for name, group in group_of.items() if group == "individual")[:PACK_USERS]
    template_passages = next(r["passages"][:8] for r in rows if group_of[r["account_id"]] == "campaign")
    for row in rows:
        group = group_of[row["account_id"]]
        if group == "individual" and draw.random() < 0.03:
            row["passages"] = template_passages + row["passages"]
        # A wording that members use now and then, beside the template and without it.
        if group == "campaign" and draw.random() < 0.3:
            row["passages"].append(int(draw.integers(50_000, 50_020)))
        # A public text that its users live by, and that members carry for them.
        if draw.random() < (0.9 if row["account_id"] in pack_users else 0.08 if group == "campaign" else 0.0):
            row["passages"] = pack + row["passages"]
        # A keyed hash has any sign.
        if row["prompt_hash"] % 2:
            row["prompt_hash"] = -row["prompt_hash"]
        row["passages"] = [-p if p % 3 == 0 else p for p in row["passages"]]
        row["conversation_id"] = f"c{draw.integers(0, 4)}" if draw.random() < 0.5 else None
        row["reasoning_signature_hash"] = int(draw.integers(-20, 20)) or None
        row["params_hash"] = int(draw.integers(-3, 3)) or None
        for column, share in (("semantic", 0.5), ("passages", 0.02), ("prefix_hash", 0.1), ("asn", 0.05),
                              ("ja4_hash", 0.2), ("user_agent_hash", 0.1), ("output_tokens", 0.1),
                              ("turns", 0.1), ("capability", 0.05), ("elicitation", 0.05), ("model", 0.05),
                              ("prompt_hash", 0.02)):  # fmt: skip
            if draw.random() < share:
                row[column] = None
        if draw.random() < 0.02:
            row["passages"] = []
        if draw.random() < 0.1:
            row["model"] = "newer"
    # The same request sent twice, and a given id that came twice.
    again = [{**row, "id_derived": True} for row in rows[:30]]
    rows[:30] = again
    rows += [{**row, "line": 100_000 + n} for n, row in enumerate(again + rows[40:60])]
    # A refused prompt that another account sends a minute later.
    copies = [r for r in rows if group_of[r["account_id"]] == "class" and r["prompt_hash"]]
    first, other = next(
        (one, more)
        for one in copies
        for more in copies
        if more["prompt_hash"] == one["prompt_hash"] and more["account_id"] != one["account_id"]
    )
    first |= {"status": 429}
    other |= {"status": 200, "ts": first["ts"] + timedelta(minutes=1)}
    people = accounts.to_pylist()
    for person in people[::7]:
        person |= {"banned_at": person["created_at"], "payment_hash": None, "org_hash": None}
    return pa.Table.from_pylist(rows, FINGERPRINTS), pa.Table.from_pylist(people[5:], accounts.schema)
