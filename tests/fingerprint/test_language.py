from __future__ import annotations

import numpy as np
import pytest
from traffic import KEY, prompts, stand_in

from stillwatch.fingerprint import fingerprint_batch
from stillwatch.fingerprint.language import COMMON, LANGUAGES, common_words, word_hash

SENTENCES = {
    "en": "Please write a short story about a dog that waits for its owner at the station.",
    "de": "Schreibe bitte eine kurze Geschichte über einen Hund, der am Bahnhof auf seinen Besitzer wartet.",
    "fr": "Écrivez une courte histoire sur un chien qui attend son maître dans la gare, s'il vous plaît.",
    "es": "Escribe una historia corta sobre un perro que espera a su dueño en la estación.",
    "pt": "Escreva uma história curta sobre um cão que não deixa de esperar pelo seu dono na estação.",
    "it": "Scrivi una breve storia di un cane che aspetta il suo padrone alla stazione.",
    "nl": "Schrijf een kort verhaal over een hond die op het station op zijn baasje wacht.",
    "pl": "Napisz krótkie opowiadanie o psie, który czeka na dworcu na swojego pana i nie chce odejść.",
    "tr": "Bana istasyonda sahibini bekleyen bir köpek için kısa bir hikaye yaz ve çok uzun olmasın.",
    "vi": "Hãy viết một câu chuyện ngắn về con chó chờ chủ của nó ở nhà ga và không bỏ đi.",
    "id": "Tuliskan cerita pendek tentang anjing yang menunggu pemiliknya di stasiun dan tidak pergi.",
    "sv": "Skriv en kort berättelse om en hund som väntar på sin ägare och inte vill gå från stationen.",
    "da": "Skriv en kort historie om en hund, der venter på sin ejer og ikke vil gå fra stationen.",
    "fi": "Kirjoita lyhyt tarina koirasta, joka odottaa isäntää asemalla ja ei lähde pois, kun se on yksin.",
    "cs": "Napiš krátký příběh o psovi, který čeká na nádraží na svého pána a nechce odejít.",
    "ro": "Scrie o poveste scurtă despre un câine care își așteaptă stăpânul în gară și nu vrea să plece.",
    "ru": "Напиши короткий рассказ о собаке, которая ждёт на вокзале и не хочет уходить.",
    "uk": "Напиши коротке оповідання про собаку, який чекає на вокзалі і не хоче йти.",
    "bg": "Напиши кратък разказ за куче, което чака на гарата и не иска да си тръгне.",
    "ar": "اكتب قصة قصيرة عن كلب ينتظر صاحبه في المحطة",
    "fa": "یک داستان کوتاه در مورد سگی که در ایستگاه منتظر است بنویسید",
    "zh": "请写一个关于小狗在车站等待主人的短篇故事。",
    "ja": "駅で飼い主を待つ犬についての短い物語を書いてください。",
    "ko": "역에서 주인을 기다리는 개에 대한 짧은 이야기를 써 주세요.",
    "th": "เขียนเรื่องสั้นเกี่ยวกับสุนัขที่รอเจ้าของ",
    "el": "Γράψε μια σύντομη ιστορία για έναν σκύλο",
    "he": "כתוב סיפור קצר על כלב שמחכה",
    "hi": "स्टेशन पर इंतज़ार करते कुत्ते की कहानी लिखो",
}


def languages(texts: list[str | None]) -> list[str | None]:
    found: list[str | None] = fingerprint_batch(prompts(texts), KEY, stand_in())["language"].to_pylist()
    return found


def test_every_language_is_told() -> None:
    assert set(SENTENCES) == set(LANGUAGES) - {"und"}
    assert languages(list(SENTENCES.values())) == list(SENTENCES)


@pytest.mark.parametrize("text", ["", "42", "Zebra xylophone", "{}", "😀", "qwrt 12 zzz"])
def test_nothing_to_go_by_is_undecided(text: str) -> None:
    assert languages([text]) == ["und"]


def test_a_few_foreign_words_do_not_decide() -> None:
    assert languages(["Translate the word 人 from Chinese, please, and tell me what it means"]) == ["en"]
    assert languages(["请解释 the word distillation 的意思，并举三个例子说明它的用法和来源"]) == ["zh"]
    assert languages([SENTENCES["de"] + " The End."]) == ["de"]


def test_only_the_first_words_count() -> None:
    assert languages([SENTENCES["en"] * 30 + SENTENCES["de"] * 300]) == ["en"]


def test_the_table_of_common_words_is_what_it_was_made_from() -> None:
    table = common_words()
    codes = list(COMMON)
    for word in ("the", "de", "и", "що"):
        h = word_hash(word)
        row = table.ids[h >> 48]
        assert int(table.keys[row]) == h
        lanes = np.frombuffer(table.lanes[row].tobytes(), np.uint8)
        assert {codes[lane] for lane in np.flatnonzero(lanes)} == {
            code for code, (_, text) in COMMON.items() if word in text.split()
        }
    distinct = {word for _, text in COMMON.values() for word in text.split()}
    assert len(distinct) - 12 <= table.keys.size - 1 <= len(distinct)  # few share a bucket
