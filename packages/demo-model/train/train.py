"""Train the demo model for a given number of minutes on one thread.

Usage: python3 train.py --data DIR --out DIR --minutes 65
Writes tokenizer files, log.jsonl and, every five minutes and at the end, model.safetensors
when the held-out loss is the best so far.
"""

import argparse
import json
import math
import pathlib
import random
import time

import torch
from torch.nn import functional

from bpe import Encoder, learn_merges, write_tokenizer
from corpus import epoch, read_documents, stream
from model import CONFIG, Llama, write_safetensors

SEED = 20240817
TOKENS_A_STEP = 4096
SHORT, LONG = 256, CONFIG["max_position_embeddings"]
LONG_FROM = 0.8  # share of the time after which blocks have the full context
WARM_UP = 0.02  # share of the time
PEAK_RATE, LAST_RATE = 2e-3, 2e-5
DROPOUT = 0.1
CHECK_SECONDS = 300.0


def rate(progress):
    """Return the learning rate at `progress` in [0, 1]: linear warm-up, then a cosine."""
    if progress < WARM_UP:
        return PEAK_RATE * max(progress, 1e-4) / WARM_UP
    share = min(1.0, (progress - WARM_UP) / (1.0 - WARM_UP))
    return LAST_RATE + (PEAK_RATE - LAST_RATE) * 0.5 * (1.0 + math.cos(math.pi * share))


def half_precision(enabled):
    """Return the autocast context: matrix products in bfloat16 when enabled."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled)


def held_out_loss(model, ids, exact):
    """Return (summed negative log-likelihood in nats, tokens) over blocks of the full context."""
    total, count = 0.0, 0
    model.eval()
    with torch.no_grad():
        for at in range(0, len(ids) - 1, LONG):
            block = torch.tensor(ids[at : at + LONG + 1])
            with half_precision(not exact):
                logits = model(block[None, :-1])
            loss = functional.cross_entropy(logits[0].float(), block[1:], reduction="sum")
            total, count = total + loss.item(), count + len(block) - 1
    model.train()
    return total, count


def batches(documents, end, rng, length):
    """Yield (epoch, tensor of blocks) for ever; `length()` is asked before each epoch's part."""
    number = 0
    while True:
        size = length()
        blocks = epoch(documents, end, size, rng)
        per = TOKENS_A_STEP // size
        for at in range(0, len(blocks) - per + 1, per):
            yield number, torch.tensor(blocks[at : at + per])
            if length() != size:
                break
        number += 1


def parameter_groups(model):
    """Return AdamW groups: weight decay on matrices, none on norms."""
    weights = list(model.parameters())
    return [
        {"params": [w for w in weights if w.dim() == 2], "weight_decay": 0.1},
        {"params": [w for w in weights if w.dim() < 2], "weight_decay": 0.0},
    ]


def prepare(data, out):
    """Learn and write the tokenizer; return (end id, training ids, held-out ids, bytes)."""
    train, held_out = read_documents(data)
    merges = learn_merges(train, CONFIG["vocab_size"] - 257)
    write_tokenizer(out, merges, LONG)
    encoder = Encoder(merges)
    documents = [encoder.encode(text) for text in train]
    checks = {
        source: (
            stream([encoder.encode(text) for text in texts], encoder.end),
            sum(len(text.encode()) for text in texts),
        )
        for source, texts in held_out.items()
    }
    return encoder.end, documents, checks


def evaluate(model, checks, exact):
    """Return held-out nats a token and bits a byte, by source and over all."""
    sums = {s: (*held_out_loss(model, ids, exact), size) for s, (ids, size) in checks.items()}
    sums["all"] = tuple(sum(column) for column in zip(*sums.values()))
    return {
        source: {
            "nats_per_token": round(nats / tokens, 4),
            "bits_per_byte": round(nats / math.log(2) / size, 4),
            "tokens": tokens,
            "bytes": size,
        }
        for source, (nats, tokens, size) in sums.items()
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    log = open(out / "log.jsonl", "w", buffering=1)

    def report(**entry):
        log.write(json.dumps(entry) + "\n")

    end, documents, checks = prepare(arguments.data, out)
    (out / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    report(train_tokens=sum(map(len, documents)), train_documents=len(documents))
    model = Llama()
    optimizer = torch.optim.AdamW(parameter_groups(model), lr=PEAK_RATE, betas=(0.9, 0.95))
    start = time.monotonic()
    best, step, tokens, smooth, checked = math.inf, 0, 0, None, 0.0

    def progress():
        return (time.monotonic() - start) / (60.0 * arguments.minutes)

    def length():
        return SHORT if progress() < LONG_FROM else LONG

    for number, block in batches(documents, end, random.Random(SEED), length):
        for group in optimizer.param_groups:
            group["lr"] = rate(progress())
        with half_precision(True):
            logits = model(block[:, :-1], DROPOUT)
        loss = functional.cross_entropy(logits.float().flatten(0, 1), block[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, tokens = step + 1, tokens + block[:, 1:].numel()
        smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
        seconds = time.monotonic() - start
        done = progress() >= 1.0
        if step % 50 == 0:
            report(step=step, epoch=number, tokens=tokens, train=round(smooth, 4), s=int(seconds))
        if done or seconds - checked >= CHECK_SECONDS:
            checked = seconds
            result = evaluate(model, checks, exact=done)
            report(step=step, epoch=number, tokens=tokens, s=int(seconds), held_out=result)
            if result["all"]["nats_per_token"] < best:
                best = result["all"]["nats_per_token"]
                write_safetensors(out / "model.safetensors", model.state_dict())
            if done:
                break


if __name__ == "__main__":
    main()
