"""Writes ../tokenizer-fingerprints.json: fingerprints by docs/spec.md section 7, frozen with version 1.

Python 3.9 or later, standard library only; no randomness. Reads the encodings of the installed npm package
tiktoken 1.0.22 and the demo model's tokenizer.json, and two toy files that it writes into the vectors.

    python3 tokenizer_fingerprints.py
"""

import base64
import hashlib
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
ENCODINGS = ROOT / "test/node_modules/tiktoken/encoders"
DEMO = ROOT / "packages/demo-model/model/tokenizer.json"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def jcs(value):
    # Enough of RFC 8785 for what is hashed here: no floating-point numbers, no keys outside ASCII's order.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def digest(kind, header, tables=b""):
    return hashlib.sha256(f"countermark tokenizer v1 {kind}\n{jcs(header)}\n".encode() + tables).hexdigest()


def token_list(tokens):
    return b"".join(struct.pack("<II", i, len(tokens[i])) + tokens[i] for i in sorted(tokens))


def tiktoken(name):
    file = json.loads((ENCODINGS / f"{name}.json").read_text())
    tokens = {}
    for line in filter(None, file["bpe_ranks"].split("\n")):
        mark, first, *words = line.split(" ")
        assert mark == "!"
        tokens.update((int(first) + i, base64.b64decode(word)) for i, word in enumerate(words))
    return digest("byte-level", [file["pat_str"], "none", True, "implied", []], token_list(tokens))


def byte_alphabet():
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(256 + i): byte for i, byte in enumerate(hidden)}


def byte_level(file):
    pre = file["pre_tokenizer"]
    pattern = GPT2 if pre["type"] == "ByteLevel" else pre["pretokenizers"][0]["pattern"]["Regex"]
    normalizer = "nfc" if file["normalizer"] == {"type": "NFC"} else "none"
    model = file["model"]
    special = {token["id"] for token in file["added_tokens"] if token["special"]}
    added = [[t["id"], t["content"], t["normalized"]] for t in file["added_tokens"] if not t["special"]]
    alphabet = byte_alphabet()
    tokens = {
        i: bytes(alphabet[letter] for letter in name)
        for name, i in model["vocab"].items()
        if i not in special and all(letter in alphabet for letter in name)
    }
    merges = [merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"]]
    pairs = b"".join(struct.pack("<II", model["vocab"][left], model["vocab"][right]) for left, right in merges)
    header = [pattern, normalizer, model.get("ignore_merges", False), len(merges), sorted(added)]
    return digest("byte-level", header, token_list(tokens) + pairs)


def other(file):
    added = [token for token in file["added_tokens"] if not token["special"]]
    parts = {key: file[key] for key in ("model", "normalizer", "pre_tokenizer")}
    return digest("tokenizer.json", {"added_tokens": added, **parts})


def added_token(i, content, special, normalized=False):
    flags = {"single_word": False, "lstrip": False, "rstrip": False}
    return {"id": i, "content": content, **flags, "normalized": normalized, "special": special}


def toy_byte_level():
    """Two merges, NFC, a special token inside the vocabulary and two added ones outside, not in order."""
    vocab = {letter: byte for letter, byte in byte_alphabet().items()}
    vocab |= {"he": 256, "hey": 257, "<|endoftext|>": 258}
    model = {"type": "BPE", "ignore_merges": False, "vocab": vocab, "merges": [["h", "e"], ["he", "y"]]}
    return {
        "added_tokens": [
            added_token(258, "<|endoftext|>", True),
            added_token(260, "</think>", False, normalized=True),
            added_token(259, "<think>", False),
        ],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "decoder": {"type": "ByteLevel"},
        "model": model,
    }


def toy_other():
    """SentencePiece's manner: a space in front, bytes as a fallback."""
    names = ["<unk>", "<s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "a", "b", "ab", "▁ab"]
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    model = {
        "type": "BPE",
        "unk_token": "<unk>",
        "fuse_unk": True,
        "byte_fallback": True,
        "vocab": {name: i for i, name in enumerate(names)},
        "merges": ["a b", "▁ ab"],
    }
    return {
        "added_tokens": [added_token(0, "<unk>", True), added_token(1, "<s>", True)],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, replace]},
        "pre_tokenizer": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": model,
    }


def main():
    names = ["o200k_base", "cl100k_base", "p50k_base", "p50k_edit", "r50k_base", "gpt2"]
    tests = [{"comment": name, "name": name, "fingerprint": tiktoken(name)} for name in names]
    tests.insert(0, {**tests[0], "comment": "o200k_base's ranks, other special tokens", "name": "o200k_harmony"})
    demo = json.loads(DEMO.read_text())
    tests.append({"comment": "the demo model's tokenizer.json", "name": "demo", "fingerprint": byte_level(demo)})
    toy = toy_byte_level()
    tests.append({"comment": toy_byte_level.__doc__, "file": toy, "fingerprint": byte_level(toy)})
    toy = toy_other()
    tests.append({"comment": toy_other.__doc__, "file": toy, "fingerprint": other(toy)})
    vectors = {
        "algorithm": "Countermark version 1, tokenizer fingerprints",
        "source": "docs/spec.md section 7",
        "generator": "gen/tokenizer_fingerprints.py, standard library only",
        "tests": [{"tcId": i + 1, **test} for i, test in enumerate(tests)],
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in vectors.items() if key != "tests"]
    cases = ",\n".join(f"    {json.dumps(test, ensure_ascii=False)}" for test in vectors["tests"])
    text = "{\n" + ",\n".join(lines) + ',\n  "tests": [\n' + cases + "\n  ]\n}\n"
    (HERE.parent / "tokenizer-fingerprints.json").write_text(text)


if __name__ == "__main__":
    main()
