"""Languages that can be told, with the commonest words of each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from stillwatch.kernels.languages import CommonWords

UNDECIDED = "und"

COMMON: dict[str, tuple[str, str]] = {
    "en": (
        "Latin",
        "the of and to in is that it for you was with on as are be this have from or an by not but"
        " what all were when your can there use each which she how their if will about out many then"
        " them these some her would make like him into has more than could did my been who its now"
        " does i me we please write give do why should where they list following explain create using"
        " given between text answer question describe tell",
    ),
    "de": (
        "Latin",
        "der die das und ist ich nicht ein eine einen einem einer zu den dem des mit sich auf für von"
        " im es sie wie auch als an er so dass kann bei aus nach wird werden wir was ihr oder aber"
        " wenn nur noch über ihre mir bitte schreibe sind haben hat welche warum kannst zwischen durch"
        " um vom zum zur diese dieser",
    ),
    "fr": (
        "Latin",
        "le la les des et est un une dans que qui pour pas sur ce du au avec plus par il je ne se"
        " vous nous sont cette ou mais comme son ses elle leur être fait aux quel quelle quelles"
        " comment pourquoi l d c qu en de sa donnez écrivez moi entre peut votre notre à où",
    ),
    "es": (
        "Latin",
        "el la los las de y que en un una es por con no para se del al lo como más su sus pero este"
        " esta son fue hay ser cómo qué cuál entre sobre también me mi si muy ya yo cuando porque"
        " desde puede todo escribe eres dame te tu nos está estos",
    ),
    "pt": (
        "Latin",
        "o a os as de e que em um uma é por com não para se do da dos das no na nos nas ao mais como"
        " seu sua mas foi são ser você qual quais sobre entre também me eu está isso este esta escreva"
        " pode tem quando muito pelo pela às porque",
    ),
    "it": (
        "Latin",
        "il lo la gli le di e che in un una è per con non si del della dei delle al alla come più ma"
        " sono da questo questa anche nel nella ha mi io cosa perché quale quali dal dalla tra scrivi"
        " essere hanno i l c degli sul sulla ed ci puoi",
    ),
    "nl": (
        "Latin",
        "de het een en van ik te dat die in is niet op zijn met voor aan er maar om ook als dan bij"
        " uit nog naar heeft hebben deze dit je we wordt worden kan wat hoe waarom schrijf tussen geen"
        " meer over door zo mijn welke jij u",
    ),
    "pl": (
        "Latin",
        "i w na nie się z do to że jest o jak a po co tak za od dla przez są był ale czy może jego"
        " tym tego które który która oraz lub jako być napisz dlaczego między mnie mi jakie ze już"
        " tylko bardzo przy",
    ),
    "tr": (
        "Latin",
        "ve bir bu da de için ile ne gibi daha çok olarak olan var en ben sen o mi mı mu kadar sonra"
        " değil ama her nasıl neden hangi yaz bana veya ya şu biz olduğu arasında arasındaki nedir ki"
        " yok onun göre",
    ),
    "vi": (
        "Latin",
        "và là của có cho không một được trong với các những này người đã để tôi bạn khi về từ như"
        " thì cũng ra đó nào gì hãy làm thế viết tại sao vào phải hay nếu đến sự nhiều giữa",
    ),
    "id": (
        "Latin",
        "yang dan di untuk dengan ini itu dari pada adalah dalam tidak ke saya anda akan bisa ada"
        " atau juga oleh karena sebagai apa bagaimana mengapa tuliskan lebih kami kita mereka telah"
        " dapat tentang antara buatlah tolong buat",
    ),
    "sv": (
        "Latin",
        "och att det som en på är av för med den till inte har jag om ett men var de så vi kan från"
        " när hur vad eller ska skriv också mellan varför efter vid du mig nu min sig detta denna över"
        " vilka",
    ),
    "da": (
        "Latin",
        "og at det som en på er af for med den til ikke har jeg om et men var de så vi kan fra når"
        " hvordan hvad eller skal skriv også mellem hvorfor efter ved du mig nu min sig dette denne"
        " over hvilke",
    ),
    "fi": (
        "Latin",
        "ja on ei se että en hän joka mutta ovat oli kun niin myös kuin tai mitä miten miksi minä"
        " sinä ole voi tämä kirjoita jos sen sekä mikä ne olla ovatko jotka",
    ),
    "cs": (
        "Latin",
        "a je se na v že to s z do o i jako ale by pro si jsem jsou jak co nebo tak po také která"
        " který které být napiš proč mezi od ve při není ke aby jeho má jaké",
    ),
    "ro": (
        "Latin",
        "și în de la cu nu este un o pe care sunt din ce mai pentru ca să se al ale dar sau fi cum"
        " prin lui între scrie această acest fost despre am ai are către",
    ),
    "ru": (
        "Cyrillic",
        "и в не на что я с он как это по но из у за то все так же от для о бы к до вы мы или если"
        " какие почему между напиши быть есть его ее она они только мне может чтобы при",
    ),
    "uk": (
        "Cyrillic",
        "і в не на що я з як це та до у за то від для про й але або який яка які є чи бути його він"
        " вона вони чому між напиши мені може щоб при також більше ти ви",
    ),
    "bg": (
        "Cyrillic",
        "и в не на че се да за от с е са по като но това ще ли до при или как какво защо между напиши"
        " към той тя те има съм най един една което който която",
    ),
    "ar": (
        "Arabic",
        "في من على إلى أن هذا هذه ما هو هي التي الذي عن مع كان لا أو بين كيف لماذا اكتب كل قد ذلك إذا هل ثم",
    ),
    "fa": (
        "Arabic",
        "در از که این را با است به برای آن یک و های می تا بر چه چگونه چرا بین بنویسید هم شود کنید ها یا",
    ),
}
"""By ISO 639-1 code: the script it is written in and its commonest words in running text and requests."""

_BY_SCRIPT = {
    "Han": "zh",
    "Kana": "ja",
    "Hangul": "ko",
    "Arabic": "ar",
    "Devanagari": "hi",
    "Thai": "th",
    "Greek": "el",
    "Hebrew": "he",
}

LANGUAGES: tuple[str, ...] = (UNDECIDED, *COMMON, *sorted(set(_BY_SCRIPT.values()) - COMMON.keys()))
"""ISO 639-1 codes by the number that kernels give; the first is `und`."""


def word_hash(word: str) -> int:
    """The public hash of one word already in lower case: FNV-1a over its UTF-8 bytes, bits spread."""
    h = 0xCBF29CE484222325
    for byte in word.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        h = (h ^ h >> 33) * factor % 2**64
    return h ^ h >> 33


@cache
def common_words() -> CommonWords:
    """The tables by which kernels tell languages; built once a process."""
    from stillwatch.kernels.alphabet import SCRIPTS
    from stillwatch.kernels.languages import LANES, CommonWords

    languages: dict[str, list[int]] = {}
    for lane, (_, text) in enumerate(COMMON.values()):
        for word in text.split():
            languages.setdefault(word, []).append(lane)
    ids = np.zeros(65536, np.uint16)
    keys, lanes = [0], [[0] * (-(-len(COMMON) // LANES) * LANES)]
    for word, of in languages.items():
        h = word_hash(word)
        if ids[h >> 48]:  # two words in one bucket: the first named stays
            continue
        ids[h >> 48] = len(keys)
        keys.append(h)
        lanes.append([int(lane in of) for lane in range(len(lanes[0]))])
    packed = np.array(lanes, np.uint8).view("<u8").astype(np.uint64)
    scripts = np.array([SCRIPTS.index(script) for script, _ in COMMON.values()], np.int64)
    fallback = np.array([LANGUAGES.index(_BY_SCRIPT.get(script, UNDECIDED)) for script in SCRIPTS], np.int64)
    tables = (ids, np.array(keys, np.uint64), packed, scripts, fallback)
    for table in tables:
        table.flags.writeable = False
    return CommonWords(*tables)
