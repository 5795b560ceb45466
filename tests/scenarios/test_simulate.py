"""Simulated folders hold what the contract names, and knobs do what they say."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import InvalidInput, InvalidParameter
from stillwatch.model.exchanges import ACCOUNTS, EXCHANGES
from stillwatch.scenarios import SCENARIOS, Campaign, Population, Scenario, simulate
from stillwatch.scenarios.habits import ARCHETYPES, HABITS
from stillwatch.scenarios.simulate import together

DAY = 86_400 * 1_000_000
PEOPLE = (Population("individual", 40), Population("developer", 20), Population("evaluator", 6))
PLAIN = Campaign("plain", ("coding",), accounts=30, per_day=6.0)


def run(
    folder: Path, *campaigns: Campaign, populations: tuple[Population, ...] = PEOPLE, seed: int = 1
) -> Path:
    return simulate(folder, Scenario("own", "A test.", populations, campaigns), seed).path


def exchanges(folder: Path) -> pa.Table:
    return pq.read_table(folder / "exchanges.parquet")


def truth(folder: Path, name: str) -> pa.Table:
    return pq.read_table(folder / "truth" / f"{name}.parquet")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("demo"), "demo", seed=3, scale=0.08).path


def test_the_folder_holds_the_contract_s_columns(demo: Path) -> None:
    sent, accounts = exchanges(demo), pq.read_table(demo / "accounts.parquet")
    for table, schema in ((sent, EXCHANGES), (accounts, ACCOUNTS)):
        for field in table.schema:
            assert field.type == schema.field(field.name).type, field.name
    assert set(ACCOUNTS.names) == set(accounts.column_names)
    assert set(EXCHANGES.names) - set(sent.column_names) == {
        "id_derived",
        "turns",
        "response",
        "source",
        "line",
    }
    assert pc.count_distinct(sent["exchange_id"]).as_py() == sent.num_rows
    assert pc.count_distinct(accounts["account_id"]).as_py() == accounts.num_rows
    assert set(sent["account_id"].to_pylist()) <= set(accounts["account_id"].to_pylist())
    assert pc.min(pc.binary_length(sent["prompt"])).as_py() > 0
    micro = sent["ts"].cast(pa.int64()).to_numpy()
    assert (np.diff(micro) >= 0).all()
    assert micro[-1] - micro[0] < 14 * DAY


def test_the_truth_agrees_with_the_traffic(demo: Path) -> None:
    sent, members, planted = exchanges(demo), truth(demo, "members"), truth(demo, "exchanges")
    archetypes = truth(demo, "accounts")
    assert set(planted["exchange_id"].to_pylist()) <= set(sent["exchange_id"].to_pylist())
    assert set(planted["account_id"].to_pylist()) <= set(members["account_id"].to_pylist())
    assert set(members["campaign"].to_pylist()) == {"synchronised", "pathways", "hydra"}
    kinds = dict(zip(archetypes["account_id"].to_pylist(), archetypes["archetype"].to_pylist(), strict=True))
    assert set(kinds.values()) <= set(ARCHETYPES)
    assert set(HABITS) <= set(kinds.values())
    assert {kinds[account] for account in members["account_id"].to_pylist()} == {"campaign"}
    knobs = json.loads((demo / "scenario.json").read_text())
    assert (knobs["scenario"]["name"], knobs["seed"], knobs["scale"]) == ("demo", 3, 0.08)


def test_accounts_are_older_than_their_traffic_and_silent_after_a_ban(demo: Path) -> None:
    accounts = pq.read_table(demo / "accounts.parquet").select(["account_id", "created_at", "banned_at"])
    joined = exchanges(demo).select(["account_id", "ts"]).join(accounts, "account_id")
    assert pc.all(pc.less(joined["created_at"], joined["ts"])).as_py()
    banned = joined.filter(pc.is_valid(joined["banned_at"]))
    assert banned.num_rows > 0
    assert pc.all(pc.less(banned["ts"], banned["banned_at"])).as_py()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, again, other = (
        run(tmp_path / name, PLAIN, seed=seed) for name, seed in (("a", 5), ("b", 5), ("c", 6))
    )
    names = sorted(path.relative_to(first) for path in first.rglob("*.*"))
    assert len(names) == 6
    assert all((first / name).read_bytes() == (again / name).read_bytes() for name in names)
    assert (first / "exchanges.parquet").read_bytes() != (other / "exchanges.parquet").read_bytes()


@pytest.mark.slow
def test_what_stops_on_its_way_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = run(tmp_path / "s", PLAIN)
    held = {path: path.read_bytes() for path in sorted(before.rglob("*")) if path.is_file()}

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules[together.__module__], "_write_truth", stopped)
    for folder in (tmp_path / "s", tmp_path / "new"):
        with pytest.raises(KeyboardInterrupt):
            run(folder, PLAIN, seed=2)
    assert {path: path.read_bytes() for path in sorted(before.rglob("*")) if path.is_file()} == held
    assert not [path for path in (tmp_path / "new").rglob("*") if path.is_file()]


def test_mixing_is_the_share_of_other_peoples_traffic(tmp_path: Path) -> None:
    folder = run(tmp_path, replace(PLAIN, mixing=0.75))
    members = truth(folder, "members")["account_id"].combine_chunks()
    theirs = pc.sum(pc.is_in(exchanges(folder)["account_id"], value_set=members)).as_py()
    assert truth(folder, "exchanges").num_rows / theirs == pytest.approx(0.25, abs=0.04)


@pytest.mark.slow
def test_a_dealt_out_stream_repeats_no_task_and_a_pool_of_tasks_does(tmp_path: Path) -> None:
    # one wording, so that equal prompts are equal tasks
    dealt = run(tmp_path / "dealt", replace(PLAIN, paraphrase=0.0))
    drawn = run(tmp_path / "drawn", replace(PLAIN, paraphrase=0.0, load_sharing=False))
    for folder, repeats in ((dealt, False), (drawn, True)):
        planted = truth(folder, "exchanges")
        prompts = exchanges(folder).join(planted.select(["exchange_id"]), "exchange_id", join_type="inner")[
            "prompt"
        ]
        share = pc.count_distinct(prompts).as_py() / planted.num_rows
        assert (share < 0.7) if repeats else (share > 0.995)


@pytest.mark.slow
def test_a_second_pool_begins_when_the_first_is_banned(tmp_path: Path) -> None:
    folder = run(tmp_path, replace(PLAIN, succession_day=6.0, signup_days=2.0))
    members, planted = truth(folder, "members"), truth(folder, "exchanges")
    joined = planted.join(members.select(["account_id", "pool"]), "account_id")
    micro = (
        joined["ts"].cast(pa.int64()).to_numpy() - pc.min(exchanges(folder)["ts"]).cast(pa.int64()).as_py()
    )
    pool = joined["pool"].to_numpy()
    assert micro[pool == 0].max() < 6.05 * DAY
    assert 5.9 * DAY < micro[pool == 1].min() < 6.6 * DAY
    accounts = pq.read_table(folder / "accounts.parquet").join(members, "account_id", join_type="inner")
    banned = pc.is_valid(accounts["banned_at"]).to_numpy()
    assert banned[accounts["pool"].to_numpy() == 0].all()


@pytest.mark.slow
def test_a_pivot_takes_the_new_model_within_a_day(tmp_path: Path) -> None:
    folder = run(tmp_path, replace(PLAIN, pivot=True))
    planted = truth(folder, "exchanges")
    joined = planted.join(exchanges(folder).select(["exchange_id", "model"]), "exchange_id")
    day = (joined["ts"].cast(pa.int64()).to_numpy() - 1_780_272_000_000_000) / DAY
    new = pc.equal(joined["model"], "kestrel-3").to_numpy()
    assert not new[day < 6.4].any()
    assert new[day > 7.4].all()


@pytest.mark.slow
def test_careful_accounts_keep_human_hours_and_their_own_wording(tmp_path: Path) -> None:
    careless = run(tmp_path / "careless", replace(PLAIN, paraphrase=0.0))
    careful = run(tmp_path / "careful", replace(PLAIN, paraphrase=0.0, care=1.0))
    wordings, nights = [], []
    for folder in (careless, careful):
        planted = truth(folder, "exchanges").select(["exchange_id"])
        mine = exchanges(folder).join(planted, "exchange_id", join_type="inner")
        wordings.append(pc.count_distinct(pc.utf8_slice_codeunits(mine["prompt"], 0, 60)).as_py())
        hour = mine["ts"].cast(pa.int64()).to_numpy() // 3_600_000_000 % 24
        who = np.unique(mine["account_id"].to_pylist(), return_inverse=True)[1]
        empty = [len(set(range(24)) - set(hour[who == one].tolist())) for one in range(who.max() + 1)]
        nights.append(np.median(empty))
    assert wordings[1] > 15 * wordings[0]
    assert nights[1] > nights[0] + 4


@pytest.mark.slow
def test_borrowed_lines_are_innocent_peoples_addresses(tmp_path: Path) -> None:
    people = (Population("individual", 300),)
    campaign = replace(PLAIN, proxies="residential", exits=500)
    overlaps = []
    for name, borrowed in (("none", 0.0), ("half", 0.5)):
        folder = run(tmp_path / name, replace(campaign, borrowed_lines=borrowed), populations=people)
        members = truth(folder, "members")["account_id"].combine_chunks()
        sent = exchanges(folder)
        theirs = pc.is_in(sent["account_id"], value_set=members)
        both = set(sent["ip"].filter(theirs).to_pylist()) & set(
            sent["ip"].filter(pc.invert(theirs)).to_pylist()
        )
        overlaps.append(len(both))
    assert overlaps[0] <= 2
    assert overlaps[1] > 20


@pytest.mark.slow
def test_stolen_keys_have_a_history_of_their_own(tmp_path: Path) -> None:
    folder = run(tmp_path, replace(PLAIN, stolen=0.5, first_day=5.0))
    members = truth(folder, "members")["account_id"].to_pylist()
    archetypes = truth(folder, "accounts")
    kinds = dict(zip(archetypes["account_id"].to_pylist(), archetypes["archetype"].to_pylist(), strict=True))
    owners = [account for account in members if kinds[account] == "stolen_key_owner"]
    assert 5 <= len(owners) <= 25
    early = exchanges(folder).filter(
        pc.field("ts") < pa.scalar(1_780_272_000_000_000 + 4 * DAY, pa.timestamp("us", "UTC"))
    )
    assert set(owners) & set(early["account_id"].to_pylist())


@pytest.mark.slow
def test_innocent_customers_of_a_pool_are_no_members(tmp_path: Path) -> None:
    folder = run(tmp_path, replace(PLAIN, proxies="vpn", exits=12, customers=15))
    members = set(truth(folder, "members")["account_id"].to_pylist())
    archetypes = truth(folder, "accounts")
    guests = archetypes.filter(pc.equal(archetypes["archetype"], "proxy_customer"))["account_id"].to_pylist()
    assert len(members) == 30
    assert len(guests) == 15
    assert not members & set(guests)


def test_several_scenarios_meet() -> None:
    both = together(["demo", "tiny-20"])
    assert [campaign.name for campaign in both.campaigns][-1] == "tiny-20/tiny"
    assert len(both.campaigns) == 4
    assert both.populations[0].accounts == max(
        SCENARIOS[n].populations[0].accounts for n in ("demo", "tiny-20")
    )


def test_every_preset_says_what_it_is() -> None:
    assert {"demo", "benign", "letter-small", "held-out-like", "careful", "mixing-95", "tiny-20", "low-and-slow",
            "hydra", "succession", "stolen-keys", "reseller-heavy", "million"} <= set(SCENARIOS)  # fmt: skip
    for name, scenario in SCENARIOS.items():
        assert scenario.name == name
        assert scenario.description.endswith(".")
        assert json.dumps(scenario.knobs())
    assert SCENARIOS["benign"].campaigns == ()
    assert len(SCENARIOS["held-out-like"].campaigns) == 5


def test_wrong_names_and_knobs_say_what_would_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="No scenario dmeo"):
        simulate(tmp_path, "dmeo", 1)
    with pytest.raises(InvalidParameter, match=r"mixing is 1\.2"):
        replace(PLAIN, mixing=1.2)
    with pytest.raises(InvalidParameter, match="proxies teleport"):
        replace(PLAIN, proxies="teleport")
    with pytest.raises(InvalidParameter, match="scale"):
        simulate(tmp_path, "demo", 1, scale=0)
    with pytest.raises(InvalidInput, match=r"no prompts_\*\.parquet"):
        simulate(tmp_path, "demo", 1, text=tmp_path)
    with pytest.raises(InvalidParameter, match="No archetype martian"):
        run(tmp_path, populations=(Population("martian", 3),))
