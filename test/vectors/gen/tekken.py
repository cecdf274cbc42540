"""Makes test/vectors/tekken.json: a small tekken.json and what mistral-common 1.13.1 encodes with it.

pip install mistral-common==1.13.1; python3 tekken.py > ../tekken.json
"""

import base64
import json
import random
import tempfile

from mistral_common.tokens.tokenizers.tekken import Tekkenizer

SPECIALS = 12
PATTERN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
WORDS = ["th", "the", " the", "in", "an", " an", "he", "er", "re", " re", "'s", "on", "It", "IT", " 1", "12", "\n\n", "  ", "./", "é", "漢", "漢字", "TH"]
SPECIAL_NAMES = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]

tokens = [bytes([b]) for b in range(256)] + [w.encode() for w in WORDS] + [b"beyond", b"the end"]
file = {
    "config": {
        "pattern": PATTERN,
        "num_vocab_tokens": len(tokens),
        "default_vocab_size": SPECIALS + 256 + len(WORDS),
        "default_num_special_tokens": SPECIALS,
        "version": "v3",
    },
    "vocab": [
        {"rank": i, "token_bytes": base64.b64encode(t).decode(), "token_str": None} for i, t in enumerate(tokens)
    ],
    "special_tokens": [
        {"rank": i, "token_str": name, "is_control": True} for i, name in enumerate(SPECIAL_NAMES)
    ],
}
with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as out:
    json.dump(file, out)
tekken = Tekkenizer.from_file(out.name)

random.seed(1)
PARTS = ["the", " the", "The", "THE", "It's", "re", "IT", "ITem", "12", " 12", "3", "\n", "\n\n", " ", "  ", "./\n", "é", "e\u0301", "漢字", "漢", "ǅ", "ʰ", "😀", "[INST]", "<s>", "'S", "²", "\t", "\u00a0", "ª", "/"]
texts = ["", "The other man's in an inn.", "[INST] the </s>"] + [
    "".join(random.choice(PARTS) for _ in range(random.randint(1, 9))) for _ in range(250)
]
tests = [{"text": text, "ids": tekken.encode(text, bos=False, eos=False)} for text in texts]
print(json.dumps({"source": "mistral-common 1.13.1", "file": file, "tests": tests}, ensure_ascii=True, separators=(",", ":")))
