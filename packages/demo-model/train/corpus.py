"""Read the training documents, hold some out, and cut token streams into blocks."""

import pathlib
import random

SOURCES = ("sotu", "moby-dick", "kjv")
HELD_OUT_EVERY = 50


def read_documents(directory):
    """Return (training texts, held-out texts by source); every 50th document is held out."""
    train, held_out = [], {}
    for source in SOURCES:
        held_out[source] = []
        for index, path in enumerate(sorted(pathlib.Path(directory, source).glob("*.txt"))):
            text = clean(path.read_text(encoding="utf-8"))
            chosen = index % HELD_OUT_EVERY == HELD_OUT_EVERY // 2
            (held_out[source] if chosen else train).append(text)
    return train, held_out


def clean(text):
    """Return `text` with each paragraph on one line, an empty line between paragraphs."""
    paragraphs = text.replace("\r\n", "\n").split("\n\n")
    lines = (" ".join(paragraph.split()) for paragraph in paragraphs)
    return "\n\n".join(line for line in lines if line)


def stream(documents, end):
    """Return one list of ids, each document closed by `end`; it opens with `end` too."""
    return [end, *(token for document in documents for token in (*document, end))]


def epoch(documents, end, length, rng: random.Random):
    """Return blocks of `length + 1` ids in random order, cut from the shuffled documents."""
    order = list(documents)
    rng.shuffle(order)
    ids = stream(order, end)
    first = rng.randrange(length)
    starts = list(range(first, len(ids) - length, length))
    rng.shuffle(starts)
    return [ids[at : at + length + 1] for at in starts]
