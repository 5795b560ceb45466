"""Accounts and their planned exchanges as columns, before any text is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from stillwatch.scenarios.corpus import Flags, Ints
from stillwatch.scenarios.prose import Floats

MARKOV, MAYBE_REAL = -1, -2
"""What `real` holds besides a document's number: written text; real text where some is left."""


@dataclass(frozen=True)
class Accounts:
    """One entry an account. Where a number stands for a purse, domain, firm or telephone, 0 is none."""

    archetype: npt.NDArray[np.object_]
    campaign: Ints  # -1: none
    pool: Ints  # of the campaign, in order of succession
    person: Ints  # stands for the human behind it: chooses names and topics
    country: Ints
    mode: Ints  # how addresses are chosen
    system: Ints
    place: Ints
    breadth: Ints
    mobile: Floats
    borrow: Floats
    client: Ints
    temperature: Floats  # NaN: not sent
    cap: Ints  # 0: not sent
    stream: Ints  # -1: not sent
    thinks: Flags  # asks for reasoning tokens
    model: Ints
    adopts: Floats  # day on which it moves to the new model; inf: never
    created: Ints  # microseconds
    org: Ints
    domain: Ints
    purse: Ints
    phone: Ints
    signup: Ints  # address
    pathway: npt.NDArray[np.object_]
    plan: npt.NDArray[np.object_]
    verified: Flags
    banned: Ints  # microseconds; 0: never
    keys: Ints

    def __len__(self) -> int:
        return len(self.campaign)


@dataclass(frozen=True)
class Traffic:
    """One entry an exchange: who, when, and what its text is to be made of."""

    account: Ints
    time: Ints  # microseconds
    conversation: Ints
    turn: Ints
    head: Ints  # literal in front of the content
    tail: Ints  # literal behind it
    system: Ints  # literal
    tools: Ints  # literal
    topic: Ints  # -1: no content besides the literals
    words: Ints
    real: Ints  # document, MARKOV or MAYBE_REAL
    writer: Ints
    answer: Floats  # mean output tokens
    signature: Ints  # 0: none
    campaign: Ints  # -1: not of a campaign

    def __len__(self) -> int:
        return len(self.account)

    def where(self, kept: Flags) -> Traffic:
        """These exchanges alone."""
        return Traffic(**{field.name: getattr(self, field.name)[kept] for field in fields(self)})


def join_accounts(blocks: Sequence[Accounts]) -> Accounts:
    """All blocks, one behind the other."""
    return Accounts(
        **{
            field.name: np.concatenate([getattr(block, field.name) for block in blocks])
            for field in fields(Accounts)
        }
    )


def join_traffic(blocks: Sequence[Traffic], offsets: Sequence[int]) -> Traffic:
    """All blocks, one behind the other; `offsets` are added to their account numbers."""
    columns = {
        field.name: np.concatenate([getattr(block, field.name) for block in blocks])
        for field in fields(Traffic)
    }
    columns["account"] = np.concatenate(
        [block.account + offset for block, offset in zip(blocks, offsets, strict=True)]
    )
    conversation, base = [], 0
    for block in blocks:
        conversation.append(block.conversation + base)
        base += int(block.conversation.max(initial=0)) + 1
    columns["conversation"] = np.concatenate(conversation)
    return Traffic(**columns)
