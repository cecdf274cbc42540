"""Train a byte-level BPE tokenizer and write it in the Hugging Face format.

Ids are ranks: 0-255 are the bytes in GPT-2's printable order, then one id a merge in the
order learned, and the last id is <|endoftext|>. Sennrich et al. 2016 (BPE), Radford et al.
2019 (bytes, splitting pattern).
"""

import collections
import heapq
import json
import pathlib

import regex

END = "<|endoftext|>"
SPLIT = regex.compile(
    r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
)


def byte_alphabet():
    """Return GPT-2's map from byte to printable character, in id order."""
    kept = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = [byte for byte in range(256) if byte not in kept]
    alphabet = {byte: chr(byte) for byte in kept}
    alphabet.update({byte: chr(256 + index) for index, byte in enumerate(moved)})
    return alphabet


def learn_merges(texts, count):
    """Return `count` merges, the most frequent pair first, ties to the smaller ids."""
    ids = {byte: index for index, byte in enumerate(byte_alphabet())}
    words = collections.Counter(piece for text in texts for piece in SPLIT.findall(text))
    symbols = [[ids[byte] for byte in word.encode()] for word in words]
    weights = list(words.values())
    pairs = collections.Counter()
    where = collections.defaultdict(set)
    for index, word in enumerate(symbols):
        for pair in zip(word, word[1:]):
            pairs[pair] += weights[index]
            where[pair].add(index)
    heap = [(-total, pair) for pair, total in pairs.items()]
    heapq.heapify(heap)
    merges = []
    while len(merges) < count:
        total, best = heapq.heappop(heap)
        if -total != pairs[best]:
            continue
        new = 256 + len(merges)
        merges.append(best)
        changed = set()
        for index in where.pop(best):
            word, weight = symbols[index], weights[index]
            for pair in zip(word, word[1:]):
                pairs[pair] -= weight
                changed.add(pair)
            word[:] = merge_pair(word, best, new)
            for pair in zip(word, word[1:]):
                pairs[pair] += weight
                where[pair].add(index)
                changed.add(pair)
        for pair in changed:
            if pairs[pair] > 0:
                heapq.heappush(heap, (-pairs[pair], pair))
    return merges


def merge_pair(word, pair, new):
    """Return `word` with each occurrence of `pair`, from the left, replaced by `new`."""
    out = []
    at = 0
    while at < len(word):
        if at + 1 < len(word) and (word[at], word[at + 1]) == pair:
            out.append(new)
            at += 2
        else:
            out.append(word[at])
            at += 1
    return out


class Encoder:
    """Encodes text with the merges; pieces are cached, since words repeat."""

    def __init__(self, merges):
        self.ids = {byte: index for index, byte in enumerate(byte_alphabet())}
        self.ranks = {tuple(pair): 256 + rank for rank, pair in enumerate(merges)}
        self.end = 256 + len(merges)
        self.cache = {}

    def encode(self, text):
        """Return the token ids of `text`."""
        return [token for piece in SPLIT.findall(text) for token in self.piece(piece)]

    def piece(self, piece):
        """Return the token ids of one piece of the splitting pattern."""
        word = self.cache.get(piece)
        if word is None:
            word = [self.ids[byte] for byte in piece.encode()]
            while len(word) > 1:
                pair = min(zip(word, word[1:]), key=lambda p: self.ranks.get(p, 1 << 30))
                if pair not in self.ranks:
                    break
                word = merge_pair(word, pair, self.ranks[pair])
            self.cache[piece] = word
        return word


def read_merges(tokenizer):
    """Return the merges of a parsed tokenizer.json as pairs of ids."""
    vocab = tokenizer["model"]["vocab"]
    return [(vocab[left], vocab[right]) for left, right in tokenizer["model"]["merges"]]


def token_bytes(merges):
    """Return the bytes of each token, the end token left out."""
    table = [bytes([byte]) for byte in byte_alphabet()]
    for left, right in merges:
        table.append(table[left] + table[right])
    return table


def write_tokenizer(directory, merges, context):
    """Write tokenizer.json and tokenizer_config.json."""
    alphabet = byte_alphabet()
    names = ["".join(alphabet[byte] for byte in token) for token in token_bytes(merges)]
    vocab = {name: index for index, name in enumerate(names)}
    assert len(vocab) == len(names)
    vocab[END] = len(names)
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": len(names),
                "content": END,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
        ],
        "normalizer": None,
        "pre_tokenizer": level,
        "post_processor": None,
        "decoder": level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": vocab,
            "merges": [[names[left], names[right]] for left, right in merges],
        },
    }
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END,
        "eos_token": END,
        "add_bos_token": False,
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": context,
    }
    directory = pathlib.Path(directory)
    for name, value in (("tokenizer.json", tokenizer), ("tokenizer_config.json", config)):
        text = json.dumps(value, ensure_ascii=False, indent=1)
        (directory / name).write_text(text + "\n", encoding="utf-8")
