"""Documents sorted into domains and topics, as words in one stream."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.errors import InvalidInput

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_FEWEST = 80  # documents below which a domain is too thin to write in
_TOPIC_LEAST, _TOPIC_SHARE = 8, 0.04  # documents a topic word stands in: at least, at most as a share
_TOKEN = re.compile(r"\S+\n*")
_CJK_TOKEN = re.compile(r"[\u4e00-\u9fff]{1,2}|[^\u4e00-\u9fff\s]+|\n+")
_WORD = re.compile(r"[^\W\d_]{4,}")
_CJK_WORD = re.compile(r"[\u4e00-\u9fff]{2}")
_STOP = re.compile(r"[.!?。！？:;]\W*$|\n$")


@dataclass(frozen=True)
class Corpus:
    """Real texts by topic, and all their words as one stream of tokens.

    texts           the documents, one string each
    text_topic      (documents,) topic of each document
    topic_domain    (topics,) domain of each topic
    domains         names of the domains, as `code` or `chat-ru`; those written without spaces end in `-zh`
    words           the vocabulary; a word keeps its punctuation and the line ends behind it
    tokens          (tokens,) index into `words`
    token_domain    (tokens,) domain of each token
    closes          (tokens,) the token ends a sentence or its document
    opener_topic, opener    (sentences,) topic and token position of each sentence, by topic
    """

    texts: pa.StringArray
    text_topic: Ints
    topic_domain: Ints
    domains: tuple[str, ...]
    words: pa.StringArray
    tokens: Ints
    token_domain: Ints
    closes: Flags
    opener_topic: Ints
    opener: Ints

    def topics_of(self, domain: str) -> Ints:
        """The topics of a domain; raises InvalidInput when the text holds no such domain."""
        if domain not in self.domains:
            raise InvalidInput(
                f"The text holds nothing about {domain}; it holds {', '.join(self.domains)}",
                hint="Use the bundled sample, or a folder of prompt collections with this kind of text.",
            )
        return np.flatnonzero(self.topic_domain == self.domains.index(domain))


def build_corpus(documents: pa.Table) -> Corpus:
    """The corpus of a table of documents (schema DOCUMENTS), without domains of fewer than 80 documents."""
    rows = documents.select(["domain", "topic", "lang", "prompt"]).to_pylist()
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        name = row["domain"] if row["lang"] == "en" else f"{row['domain']}-{row['lang']}"
        grouped.setdefault(name, []).append(row)
    domains = tuple(sorted(name for name, members in grouped.items() if len(members) >= _FEWEST))
    texts: list[str] = []
    text_topic: list[int] = []
    topic_domain: list[int] = []
    streams: list[list[str]] = []
    for number, name in enumerate(domains):
        topics = _topics(grouped[name], name.endswith("-zh"))
        index = {topic: len(topic_domain) + place for place, topic in enumerate(sorted(set(topics)))}
        topic_domain += [number] * len(index)
        pattern = _CJK_TOKEN if name.endswith("-zh") else _TOKEN
        for row, topic in zip(grouped[name], topics, strict=True):
            found = pattern.findall(row["prompt"])
            if found:
                texts.append(row["prompt"])
                text_topic.append(index[topic])
                streams.append(found)
    return _assemble(texts, np.array(text_topic), np.array(topic_domain), domains, streams)


def _assemble(
    texts: list[str], text_topic: Ints, topic_domain: Ints, domains: tuple[str, ...], streams: list[list[str]]
) -> Corpus:
    vocabulary = sorted({word for stream in streams for word in stream})
    number = {word: place for place, word in enumerate(vocabulary)}
    lengths = np.array([len(stream) for stream in streams])
    tokens = np.fromiter(
        (number[word] for stream in streams for word in stream), np.int64, int(lengths.sum())
    )
    stops = np.array([bool(_STOP.search(word)) for word in vocabulary])
    closes = stops[tokens]
    last = np.cumsum(lengths) - 1
    closes[last] = True
    token_topic = np.repeat(text_topic, lengths)
    opens = np.concatenate([[True], closes[:-1]])
    # a document's tail of one or two words makes a poor beginning
    opens &= (np.arange(len(tokens)) + 2 < np.repeat(last, lengths)) | (np.repeat(lengths, lengths) < 4)
    opens[last - lengths + 1] = True
    opens &= _unrepeated(tokens)
    opens[np.unique(token_topic, return_index=True)[1]] = True  # no topic without a beginning
    opener = np.flatnonzero(opens)
    order = np.argsort(token_topic[opener], kind="stable")
    return Corpus(
        texts=pa.array(texts, pa.string()),
        text_topic=text_topic,
        topic_domain=topic_domain,
        domains=domains,
        words=pa.array(vocabulary, pa.string()),
        tokens=tokens,
        token_domain=topic_domain[token_topic],
        closes=closes,
        opener_topic=token_topic[opener][order],
        opener=opener[order],
    )


def _unrepeated(tokens: Ints) -> Flags:
    """(tokens,) the three words from here on stand at few other places, or this is the first of them."""
    following = (tokens * 1_000_003 + np.roll(tokens, -1)) * 1_000_003 + np.roll(tokens, -2)
    _, first, inverse, counts = np.unique(
        following, return_index=True, return_inverse=True, return_counts=True
    )
    kept = counts[inverse] <= 12
    kept[first] = True
    return np.asarray(kept)


def _topics(rows: list[dict[str, Any]], cjk: bool) -> list[str]:
    """A narrower topic for each document: its known one, or its rarest word that some others share."""
    pattern = _CJK_WORD if cjk else _WORD
    bags = [set(pattern.findall(row["prompt"].lower())) for row in rows]
    spread = Counter(word for bag in bags for word in bag)
    most = max(_TOPIC_LEAST, int(_TOPIC_SHARE * len(rows)))
    topics = []
    for row, bag in zip(rows, bags, strict=True):
        shared = [(spread[word], word) for word in bag if _TOPIC_LEAST <= spread[word] <= most]
        topics.append(row["topic"] or (min(shared)[1] if shared else ""))
    return topics
