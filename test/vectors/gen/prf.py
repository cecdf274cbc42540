"""Writes ../spec-prf.json: known answers of the keyed function, frozen with version 1 of the format.

Python 3.9 or later, standard library only; no randomness. BLAKE3 below is written from the paper
(O'Connor, Aumasson, Neves, Wilcox-O'Hearn, "BLAKE3: one function, fast everywhere", 2020) for inputs of one
chunk, up to 1,024 bytes. It checks itself on the published answers for the empty input before it writes.

    python3 prf.py
"""

import hashlib
import json
import pathlib
import struct

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
CHUNK_START, CHUNK_END, ROOT = 1, 2, 8
KEYED_HASH, DERIVE_KEY_CONTEXT, DERIVE_KEY_MATERIAL = 16, 32, 64
MASK = 0xFFFFFFFF


def rotate_right(x, n):
    return (x >> n | x << (32 - n)) & MASK


def mix(v, a, b, c, d, mx, my):
    v[a] = (v[a] + v[b] + mx) & MASK
    v[d] = rotate_right(v[d] ^ v[a], 16)
    v[c] = (v[c] + v[d]) & MASK
    v[b] = rotate_right(v[b] ^ v[c], 12)
    v[a] = (v[a] + v[b] + my) & MASK
    v[d] = rotate_right(v[d] ^ v[a], 8)
    v[c] = (v[c] + v[d]) & MASK
    v[b] = rotate_right(v[b] ^ v[c], 7)


def compress(chain, block, counter, block_length, flags):
    """All sixteen output words. chain: 8 words; block: 16 words; counter: below 2**64."""
    v = [*chain, *IV[:4], counter & MASK, counter >> 32, block_length, flags]
    m = list(block)
    for _ in range(7):
        mix(v, 0, 4, 8, 12, m[0], m[1])
        mix(v, 1, 5, 9, 13, m[2], m[3])
        mix(v, 2, 6, 10, 14, m[4], m[5])
        mix(v, 3, 7, 11, 15, m[6], m[7])
        mix(v, 0, 5, 10, 15, m[8], m[9])
        mix(v, 1, 6, 11, 12, m[10], m[11])
        mix(v, 2, 7, 8, 13, m[12], m[13])
        mix(v, 3, 4, 9, 14, m[14], m[15])
        m = [m[p] for p in PERMUTATION]
    return [v[i] ^ v[i + 8] for i in range(8)] + [v[i + 8] ^ chain[i] for i in range(8)]


def words_of(data):
    data = data + bytes(64 - len(data))
    return struct.unpack("<16I", data)


def root_parameters(chain, data, mode):
    """What the root compression of a one-chunk input takes, apart from the counter."""
    assert len(data) <= 1024
    blocks = [data[i : i + 64] for i in range(0, len(data), 64)] or [b""]
    for i, block in enumerate(blocks):
        flags = mode | (CHUNK_START if i == 0 else 0) | (CHUNK_END if i == len(blocks) - 1 else 0)
        if i == len(blocks) - 1:
            return chain, words_of(block), len(block), flags | ROOT
        chain = compress(chain, words_of(block), 0, len(block), flags)[:8]


def output_block(parameters, counter):
    chain, block, block_length, flags = parameters
    return compress(chain, block, counter, block_length, flags)


def extendable(chain, data, mode, length):
    parameters = root_parameters(chain, data, mode)
    blocks = (struct.pack("<16I", *output_block(parameters, b)) for b in range((length + 63) // 64))
    return b"".join(blocks)[:length]


def key_words(key):
    return struct.unpack("<8I", key)


def plain_hash(data, length=32):
    return extendable(IV, data, 0, length)


def keyed_hash(key, data, length=32):
    return extendable(key_words(key), data, KEYED_HASH, length)


def derive_key(context, material, length=32):
    context_key = extendable(IV, context.encode(), DERIVE_KEY_CONTEXT, 32)
    return extendable(key_words(context_key), material, DERIVE_KEY_MATERIAL, length)


# The first case of the official test_vectors.json (BLAKE3 repository), empty input, in each mode.
assert plain_hash(b"").hex() == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
assert (
    keyed_hash(b"whats the Elvish word for friend", b"").hex()
    == "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26"
)
assert (
    derive_key("BLAKE3 2019-12-27 16:29:52 test vectors context", b"").hex()
    == "2cc39783c223154fea8dfb7c1b1660f2ac2dcbd1c1de8277b0b0dd39b7e50d7d"
)

SCHEME_KEY_CONTEXT = "countermark 2026-11 scheme key v1"
ACCOUNT_KEY_CONTEXT = "countermark 2026-11 account code v1"
KEY_ID_CONTEXT = "countermark 2026-11 key id v1"
COMMITMENT_CONTEXT = "countermark 2026-11 key commitment v1"
# The defaults, gumbel at width 4, for a tokenizer of no model: its fingerprint is the SHA-256 of its name.
# ASCII strings and short decimals, so that sorted keys without white space are the canonical form of RFC 8785.
PARAMS = json.dumps(
    {
        "version": 1,
        "tokenizer": {
            "name": "worked-example",
            "vocabSize": 200_000,
            "fingerprint": hashlib.sha256(b"worked-example").hexdigest(),
        },
        "contextWidth": 4,
        "commonShare": 0.5,
        "accountShare": 0.4,
        "codeLength": 4096,
        "scheme": {"kind": "gumbel"},
    },
    sort_keys=True,
    separators=(",", ":"),
)
SECRET = bytes(range(32))

PARAMS_HASH = hashlib.sha256(PARAMS.encode()).digest()
MATERIAL = SECRET + PARAMS_HASH
SCHEME_KEY = derive_key(SCHEME_KEY_CONTEXT, MATERIAL)
ACCOUNT_KEY = derive_key(ACCOUNT_KEY_CONTEXT, MATERIAL)
KEY_ID = derive_key(KEY_ID_CONTEXT, MATERIAL, 16)
COMMITMENT = derive_key(COMMITMENT_CONTEXT, MATERIAL)


def derivation(comment):
    return {
        "type": "derivation",
        "comment": comment,
        "canonicalParams": PARAMS,
        "paramsHash": PARAMS_HASH.hex(),
        "secret": SECRET.hex(),
        "material": MATERIAL.hex(),
        "schemeKey": SCHEME_KEY.hex(),
        "accountKey": ACCOUNT_KEY.hex(),
        "keyId": KEY_ID.hex(),
        "commitment": COMMITMENT.hex(),
    }


def account_code(account_id, length, comment):
    data = keyed_hash(ACCOUNT_KEY, account_id.encode(), (length + 1) // 2)
    symbols = [nibble for byte in data for nibble in (byte & 15, byte >> 4)][:length]
    return {
        "type": "account-code",
        "comment": comment,
        "accountKey": ACCOUNT_KEY.hex(),
        "accountId": account_id,
        "accountIdBytes": account_id.encode().hex(),
        "outputBytes": data.hex(),
        "symbols": symbols,
    }


def block(context, index, comment, key=SCHEME_KEY):
    data = struct.pack(f"<{len(context)}I", *context)
    parameters = root_parameters(key_words(key), data, KEYED_HASH)
    _, message, block_length, flags = parameters
    words = output_block(parameters, index)
    case = {
        "type": "header" if index == 0 else "token",
        "comment": comment,
        "key": key.hex(),
        "context": list(context),
        "contextBytes": data.hex(),
        "message": list(message),
        "counter": [index & MASK, index >> 32],
        "blockLength": block_length,
        "flags": flags,
        "words": words,
    }
    if index == 0:
        salt = words[3] << 32 | words[2]
        case |= {"slot": words[0], "codePosition": words[1], "salt": f"{salt:016x}"}
    else:
        case |= {"tokenId": index - 1}
    return case


EXAMPLE = (11, 22, 33, 44)
LARGEST = 2**32 - 1
WIDEST = tuple((2654435761 * i + 12345) % 2**32 for i in range(1, 16))

cases = [
    derivation("keys and key id from a secret and parameters"),
    account_code("account-1", 64, "the first symbols of an account code"),
    account_code("compte-é-東京", 33, "an id of several UTF-8 bytes a character, an odd length"),
    account_code("a" * 256, 16, "the longest id: four BLAKE3 blocks"),
    block(EXAMPLE, 0, "header of a context of four tokens"),
    block(EXAMPLE, 1 + 0, "token 0"),
    block(EXAMPLE, 1 + 55, "an ordinary token"),
    block(EXAMPLE, 1 + 199_997, "the end of a large vocabulary"),
    block(EXAMPLE, 1 + 2**31, "a token id with the top bit set"),
    block(EXAMPLE, 1 + LARGEST - 1, "the largest counter of one word"),
    block(EXAMPLE, 1 + LARGEST, "the largest token id: the counter needs its high word"),
    block((0,), 0, "header of the narrowest context, token 0: four zero bytes are not no bytes"),
    block((0,), 1, "the narrowest context"),
    block((0, 0), 1, "the same zero message under another block length"),
    block((LARGEST,) * 4, 1 + 7, "a context of largest token ids"),
    block(WIDEST[:5], 1 + 7, "five tokens: the first width past one vector of message words"),
    block(WIDEST, 0, "header of the widest context"),
    block(WIDEST, 1 + LARGEST, "the widest context, the largest token id"),
]
for width in range(2, 15):
    cases.append(block(WIDEST[:width], 1 + 1000 * width, f"context of {width} tokens"))
cases.append(block(EXAMPLE, 1 + 55, "another key gives another word", key=bytes(range(255, 223, -1))))


def write_vectors(name, algorithm, source, generator, tests):
    """Writes ../name with one case a line: short enough to read, and a change shows as the lines it touches."""
    document = {
        "algorithm": algorithm,
        "source": source,
        "generator": generator,
        "tests": [{"tcId": i + 1, **case} for i, case in enumerate(tests)],
    }
    lines = ",\n    ".join(json.dumps(case, ensure_ascii=False) for case in document["tests"])
    head = json.dumps({k: v for k, v in document.items() if k != "tests"}, indent=2)[:-2]
    text = f'{head},\n  "tests": [\n    {lines}\n  ]\n}}\n'
    assert json.loads(text) == document
    pathlib.Path(__file__).parent.parent.joinpath(name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_vectors(
        "spec-prf.json",
        "Countermark version 1, keyed function",
        "docs/spec.md sections 2 to 4",
        "gen/prf.py, pure Python BLAKE3, standard library only",
        cases,
    )
