"""Known answers of docs/spec.md, section 7.4, and of form NFC by Unicode 16.0: spec-normalizer.json.

Python 3.11, regex 2024.11.6 and unicodedata2 16.0.0, both with the tables of Unicode 16.0. Written from the page, one character at
a time. Run: python3 normalizer.py
"""

import hashlib
import json
import random
import struct
from pathlib import Path

import regex
import unicodedata2

assert unicodedata2.unidata_version == "16.0.0"
HERE = Path(__file__).resolve().parent.parent

JOINING = (
    "Arabic Syriac Mandaic Mongolian Nko Phags_Pa Adlam Hanifi_Rohingya Sogdian "
    "Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam "
    "Sinhala Tibetan Myanmar Khmer Balinese Javanese Chakma Meetei_Mayek Newa"
).split()
UNSPACED = "Thai Lao Khmer Myanmar Tai_Tham Javanese Balinese".split()


def members(pattern):
    matches = regex.compile(pattern, regex.V1).match
    return {c for c in range(0x110000) if not 0xD800 <= c < 0xE000 and matches(chr(c))}


def of_scripts(names):
    return set().union(*(members(r"\p{Script_Extensions=%s}" % name) for name in names))


LETTERS = members(r"\p{L}")
MARKS = members(r"\p{M}")
SETS = {
    "invisible": (members(r"\p{Default_Ignorable_Code_Point}") | {0xFFF9, 0xFFFA, 0xFFFB})
    - {0x115F, 0x1160, 0x3164, 0xFFA0},
    "emoji": members(r"\p{Emoji}"),
    "pictographs": members(r"\p{Extended_Pictographic}"),
    "joining": (LETTERS | MARKS) & of_scripts(JOINING),
    "unspaced": (LETTERS | MARKS) & of_scripts(UNSPACED),
    "mongolian": LETTERS & members(r"\p{Script=Mongolian}"),
    "letters": LETTERS,
    "marks": MARKS,
    "latin": members(r"\p{Script=Latin}"),
}
FLAGS = [[0xE0000 + ord(letter) for letter in name] + [0xE007F] for name in ("gbeng", "gbsct", "gbwls")]
SKIN = set(range(0x1F3FB, 0x1F400))
DIGITS = {ord(c) for c in "0123456789#*"}
LOOK_ALIKES = dict(
    zip(
        (ord(c) for c in "АВЕЅІЈКМНОРСТУХҮԌԚԜӀ" "аеорсухѕіјһԁԛԝӏ" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" "οϲϳ"),
        (ord(c) for c in "ABESIJKMHOPCTYXYGQWI" "aeopcyxsijhdqwl" "ABEZHIKMNOPTYX" "ocj"),
    )
)
KINDS = ["zero-width", "soft-hyphen", "variation-selector", "bidi-control", "tag-character", "homoglyph"]


def kind_of(c):
    if c == 0xAD:
        return "soft-hyphen"
    if 0x180B <= c <= 0x180D or c == 0x180F or 0xFE00 <= c <= 0xFE0F or 0xE0100 <= c <= 0xE01EF:
        return "variation-selector"
    if c in (0x61C, 0x200E, 0x200F) or 0x202A <= c <= 0x202E or 0x2066 <= c <= 0x2069:
        return "bidi-control"
    return "tag-character" if 0xE0000 <= c <= 0xE007F else "zero-width"


def ends_in_emoji(out):
    end = len(out)
    if end and out[end - 1] == 0xFE0F:
        end -= 1
    if end and out[end - 1] in SKIN:
        end -= 1
    return end > 0 and out[end - 1] in SETS["pictographs"]


def kept(c, last, out, following):
    if c in (0xFE0E, 0xFE0F):
        if last in DIGITS:
            return following == 0x20E3
        return last in SETS["emoji"]
    if c == 0x200D:
        return last in SETS["joining"] or (ends_in_emoji(out) and following in SETS["pictographs"])
    if c == 0x200C:
        return last in SETS["joining"]
    if c == 0x200B:
        return last in SETS["unspaced"]
    if 0x180B <= c <= 0x180F:
        return last in SETS["mongolian"]
    return False


def remove_invisible(text, counts):
    out = []
    i = 0
    while i < len(text):
        c = text[i]
        if c not in SETS["invisible"]:
            out.append(c)
            i += 1
            continue
        if out and out[-1] == 0x1F3F4 and text[i : i + 6] in FLAGS:
            out += text[i : i + 6]
            i += 6
            continue
        j = i
        while j < len(text) and text[j] in SETS["invisible"]:
            j += 1
        following = text[j] if j < len(text) else None
        if kept(c, out[-1] if out else None, out, following):
            out.append(c)
        else:
            counts[kind_of(c)] = counts.get(kind_of(c), 0) + 1
        i += 1
    return out


def fold(text, counts):
    out = list(text)
    word_of = LETTERS | MARKS
    i = 0
    while i < len(text):
        j = i
        while j < len(text) and text[j] in word_of:
            j += 1
        word = text[i:j]
        others = [c for c in word if c in LETTERS and c not in SETS["latin"]]
        latin = any(c in SETS["latin"] for c in word)
        if latin and others and all(c in LOOK_ALIKES for c in others):
            for k in range(i, j):
                if text[k] in LETTERS and text[k] not in SETS["latin"]:
                    out[k] = LOOK_ALIKES[text[k]]
                    counts["homoglyph"] = counts.get("homoglyph", 0) + 1
        i = max(j, i + 1)
    return out


def answer(text, homoglyphs):
    counts = {}
    out = remove_invisible([ord(c) for c in text], counts)
    if homoglyphs:
        out = fold(out, counts)
    return "".join(map(chr, out)), [[kind, counts[kind]] for kind in KINDS if kind in counts]


CASES = [
    ("each kind", "a\u200bb\u00adc\ufe00d\u202ee\U000e0041f\u2060\ufeff\u180e"),
    ("selectors: emoji, digit, keycap, letter", "❤\ufe0f 1\ufe0f 1\ufe0f\u20e3 #\ufe0e\u20e3 a\ufe0f ©\ufe0e 🏽\ufe0f"),
    ("a keycap with something hidden before its mark", "1\ufe0f\u200b\u20e3"),
    ("joined emoji, with skin and selector between", "👩\u200d💻 👩🏽\u200d🚀 🏳\ufe0f\u200d🌈 👩🏽\ufe0f\u200d💻 👩\ufe0f\ufe0f\u200d💻"),
    ("a joiner whose neighbour is hidden, is none, or is no pictograph", "👩\u200b\u200d\u200b💻 👩\u200d 👩\u200d🏽 👩\u200d"),
    ("joiners once after a letter or a mark", "م\u200c\u200cم می\u200dا\u200d\u200c ক্\u200d\u200cষ \u200cم"),
    ("word breaks where no spaces are written", "ไทย\u200bไทย ភាសា\u200b\u200bខ្មែរ a\u200bb"),
    ("Mongolian selectors", "ᠠ\u180b\u180bᠨ\u180e\u180f 1\u180b"),
    ("flags that exist, and what is none", "".join(
        f"🏴{''.join(chr(0xE0000 + ord(c)) for c in name)}\U000e007f" for name in ("gbeng", "gbsct", "gbwls", "usca"))),
    ("a flag after something hidden, a flag without its end", "🏴\u200b\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067"),
    ("fillers and annotation marks", "\u115f\u1160\u3164\uffa0 a\ufff9b\ufffac\ufffb"),
    ("unassigned, but ignorable", "a\u2065b\U000e0fffc\ufff0d"),
    ("look-alikes: a Latin word, a mixed one, a pure one", "pаypаl прив\u0065т раураӏ Αpple ϲat"),
    ("look-alikes with marks between", "p\u0301а\u0308y а\u0301b"),
    ("one that is no look-alike saves a word", "pаypаlя ρа"),
    ("Latin letters and marks beyond ASCII", "ﬁа éо ªо Ωо"),
    ("pictographs that Unicode 17.0 has no more", "★\u200d★ ☙\u200d💻 \u2388\ufe0f\u200d🚀"),
    ("an emoji of Unicode 17.0", "\U0001fac8\ufe0f \U0001f6d8\ufe0f\u200d💻"),
    ("an emoji of Unicode 16.0", "\U0001fae9\ufe0f \U0001fabe\ufe0e"),
    ("an Arabic letter of Unicode 17.0, an Arabic mark of 16.0", "\u088f\u200cم م\u0897\u200cم"),
    ("a Latin letter of Unicode 17.0, one of 16.0", "\ua7ceа \ua7daа"),
    ("a Telugu letter of Unicode 17.0", "\u0c5c\u200d"),
    ("Thai after U+02D7, whose script extensions 16.0 has", "\u02d7\u200b \u0303\u200b"),
]
POOL = (
    [chr(c) for c in (0x200B, 0x200C, 0x200D, 0xFE0E, 0xFE0F, 0xAD, 0x202E, 0x180B, 0x180E, 0x2060, 0x20E3, 0x301)]
    + list("a1# .аеρяéمयក ไᠠ❤👩🏽🏴💻★")
    + [chr(c) for c in FLAGS[0]]
    + ["".join(map(chr, FLAGS[1])), "👩\u200d", "pа", "\u088f", "\U0001fac8", "\ua7ce", "\u1acf"]
)
NFC = [
    ("composes", "e\u0301 A\u030a \u1100\u1161\u11a8 \uac00\u11a8"),
    ("singletons and exclusions", "\u212b \u0344 \u0958 \ufb1d \u2126"),
    ("reorders", "a\u0301\u0323 a\u0323\u0301 \u0f71\u0f74\u0f72"),
    ("is blocked by an equal class", "a\u0308\u0301 a\u0327\u0308\u0327"),
    ("vowel signs of Unicode 16.0", "\U00016121 \U0001611e\U00016121 \U0001611e\U0001611e \U000113c2\U000113c2 \U00016d67\U00016d67"),
    ("marks of Unicode 16.0", "a\u0897\u0323 a\U00010d69\u0323\u0301"),
    ("marks of Unicode 17.0 stay where they are", "a\u1acf\u0323 e\u1ad0\u0301 e\u0301\u1add\u0323 a\u1ae0\u0316\u0301"),
    ("unassigned code points part what would compose", "e\u0378\u0301 \u1100\u0378\u1161"),
]


def main():
    rng = random.Random(1)
    texts = CASES + [
        ("random", "".join(rng.choice(POOL) for _ in range(rng.randint(2, 14)))) for _ in range(160)
    ]
    tests = []
    for comment, text in texts:
        for homoglyphs in (False, True):
            expected, changes = answer(text, homoglyphs)
            if homoglyphs and not any(kind == "homoglyph" for kind, _ in changes) and comment == "random":
                continue
            tests.append(
                {
                    "tcId": len(tests) + 1,
                    "comment": comment,
                    "text": text,
                    "normalization": "invisible-and-homoglyphs" if homoglyphs else "invisible",
                    "expected": expected,
                    "changes": [{"kind": kind, "count": count} for kind, count in changes],
                }
            )
    nfc = [
        {"tcId": len(tests) + 1 + i, "comment": comment, "text": text, "expected": unicodedata2.normalize("NFC", text)}
        for i, (comment, text) in enumerate(NFC)
    ]
    sets = [
        {
            "name": name,
            "size": len(found),
            "sha256": hashlib.sha256(struct.pack(f"<{len(found)}I", *sorted(found))).hexdigest(),
        }
        for name, found in SETS.items()
    ]
    head = {
        "algorithm": "normalizeText",
        "source": "docs/spec.md, section 7.4; Unicode 16.0 by regex 2024.11.6 and unicodedata2 16.0.0",
        "generator": "test/vectors/gen/normalizer.py",
    }
    lines = [f' "{key}": {json.dumps(value)}' for key, value in head.items()]
    for key, rows in (("sets", sets), ("tests", tests), ("nfc", nfc)):
        lines.append(f' "{key}": [\n' + ",\n".join(f"  {json.dumps(row)}" for row in rows) + "\n ]")
    (HERE / "spec-normalizer.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    for row in sets:
        print(row["name"], row["size"], row["sha256"])


main()
