"""Train a small transformer on answers, let it read answers, and ask it for some.

Usage: python3 student.py SPEC.json
The specification has
  train      file of answers to train on          from       weights to begin with, or null
  weights    file that the weights are kept in    passes     over the training text
  reference  weights of an innocent student, or null: what it gives the same tokens is written too
  read       list of [file of answers, file to write]
  answer     null, or prompts, out, tokens, temperature
  seed       of everything random
Files of answers are JSON Lines with `prompt` and `answer`, token ids of the bundled model's tokenizer; what is
written has `predictions` and `reference` too, as docs/radioactivity.md describes them. Needs PyTorch; one thread.
"""

import json
import math
import pathlib
import sys

import torch
from torch.nn import functional

TEACHER = pathlib.Path(__file__).resolve().parents[3] / "packages" / "demo-model" / "train"
sys.path.insert(0, str(TEACHER))

from model import CONFIG, Llama, rotate  # noqa: E402

SMALL = dict(
    CONFIG, hidden_size=128, num_hidden_layers=2, num_attention_heads=4, intermediate_size=344
)
START = CONFIG["bos_token_id"]
BATCH = 4
PEAK_RATE, FINE_RATE, LAST_SHARE = 2e-3, 1e-3, 0.05
WARM_UP = 0.05
LISTED = 20
ASKED_AT_ONCE = 128


def lines(path):
    """Return the records of a file of JSON Lines."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def text_of(record):
    """Return the ids that a student sees of a record."""
    return [START, *record["prompt"], *record["answer"]]


def rate(peak, progress):
    """Return the learning rate: linear warm-up, then a cosine."""
    if progress < WARM_UP:
        return peak * progress / WARM_UP
    share = (progress - WARM_UP) / (1 - WARM_UP)
    return peak * (LAST_SHARE + (1 - LAST_SHARE) * 0.5 * (1 + math.cos(math.pi * share)))


def train(model, records, passes, peak, seed):
    """Train on whole records, all of one length, in another order in each pass."""
    texts = torch.tensor([text_of(record) for record in records])
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, betas=(0.9, 0.95), weight_decay=0.1)
    random = torch.Generator().manual_seed(seed)
    steps, step = passes * math.ceil(len(texts) / BATCH), 0
    for number in range(passes):
        total = 0.0
        for rows in torch.randperm(len(texts), generator=random).split(BATCH):
            for group in optimizer.param_groups:
                group["lr"] = rate(peak, (step + 1) / steps)
            block = texts[rows]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(block[:, :-1])
            loss = functional.cross_entropy(logits.float().flatten(0, 1), block[:, 1:].flatten())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step, total = step + 1, total + loss.item() * len(rows)
        print(f"pass {number + 1}: {total / len(texts):.3f} nats a token", file=sys.stderr, flush=True)


def listed(logits):
    """Return the likeliest tokens of rows of logits as lists of [token id, probability]."""
    probabilities, ids = torch.softmax(logits.float(), -1).topk(LISTED)
    # Rounded down: no list sums to more than 1.
    floors = (probabilities.double() * 1e6).floor() / 1e6
    return [
        [[token, p] for token, p in zip(*row)] for row in zip(ids.tolist(), floors.tolist())
    ]


def predictions(model, records):
    """Return, for each record, the likeliest tokens at each position of its answer."""
    found = []
    with torch.no_grad():
        for record in records:
            logits = model(torch.tensor([text_of(record)[:-1]]))[0]
            found.append(listed(logits[len(record["prompt"]) :]))
    return found


def step(model, ids, caches, position):
    """Return the logits `[batch, vocabulary]` after one more token each; keys and values are added to `caches`."""
    config, half = model.config, model.config["head_dim"] // 2
    angles = position * config["rope_theta"] ** -(torch.arange(half) / half)
    cos, sin = angles.cos(), angles.sin()
    x = model.model.embed_tokens(ids)[:, None]
    for layer, cache in zip(model.model.layers, caches):
        attention, inner = layer.self_attn, layer.input_layernorm(x)
        shape = (len(ids), 1, config["num_attention_heads"], config["head_dim"])
        split = lambda projection: projection(inner).view(shape).transpose(1, 2)  # noqa: E731
        cache.append((rotate(split(attention.k_proj), cos, sin), split(attention.v_proj)))
        keys, values = (torch.cat(part, 2) for part in zip(*cache))
        cache[:] = [(keys, values)]
        query = rotate(split(attention.q_proj), cos, sin)
        weights = torch.softmax(query @ keys.transpose(2, 3) * shape[-1] ** -0.5, -1)
        x = x + attention.o_proj((weights @ values).transpose(1, 2).reshape(len(ids), 1, -1))
        x = x + layer.mlp(layer.post_attention_layernorm(x))
    return functional.linear(model.model.norm(x[:, 0]), model.model.embed_tokens.weight)


def answer(model, prompts, tokens, temperature, seed):
    """Return a record for each prompt, all as long, with the probabilities that were drawn from."""
    random = torch.Generator().manual_seed(seed)
    found = []
    with torch.no_grad():
        for at in range(0, len(prompts), ASKED_AT_ONCE):
            some = torch.tensor([[START, *prompt] for prompt in prompts[at : at + ASKED_AT_ONCE]])
            records = [{"prompt": row[1:], "answer": [], "predictions": []} for row in some.tolist()]
            caches = [[] for _ in model.model.layers]
            for position, ids in enumerate(some.T):
                logits = step(model, ids, caches, position)
            for position in range(some.shape[1], some.shape[1] + tokens):
                probabilities = torch.softmax(logits / temperature, -1)
                ids = torch.multinomial(probabilities, 1, generator=random)[:, 0]
                for record, token, row in zip(records, ids.tolist(), listed(logits / temperature)):
                    record["answer"].append(token)
                    record["predictions"].append(row)
                logits = step(model, ids, caches, position)
            found += records
    return found


def write(path, records, model, reference):
    """Write records with what the model and the reference give the tokens of their answers."""
    asked = records and "predictions" in records[0]
    own = [record["predictions"] for record in records] if asked else predictions(model, records)
    innocent = [None] * len(records) if reference is None else predictions(reference, records)
    with open(path + ".part", "w", encoding="utf-8") as file:
        for record, mine, other in zip(records, own, innocent):
            line = {"prompt": record["prompt"], "answer": record["answer"], "predictions": mine}
            if other is not None:
                line["reference"] = other
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
    pathlib.Path(path + ".part").replace(path)


def load(path):
    """Return a student with the weights of a file."""
    model = Llama(SMALL)
    model.load_state_dict(torch.load(path, weights_only=True))
    return model.eval()


def main():
    spec = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    torch.set_num_threads(1)
    torch.manual_seed(spec["seed"])
    if not pathlib.Path(spec["weights"]).exists():
        model = Llama(SMALL) if spec["from"] is None else load(spec["from"])
        peak = PEAK_RATE if spec["from"] is None else FINE_RATE
        train(model.train(), lines(spec["train"]), spec["passes"], peak, spec["seed"])
        torch.save(model.state_dict(), spec["weights"] + ".part")
        pathlib.Path(spec["weights"] + ".part").replace(spec["weights"])
    model = load(spec["weights"])
    reference = None if spec["reference"] is None else load(spec["reference"])
    for source, out in spec["read"]:
        write(out, lines(source), model, reference)
    asked = spec["answer"]
    if asked is not None:
        prompts = [record["prompt"] for record in lines(asked["prompts"])]
        records = answer(model, prompts, asked["tokens"], asked["temperature"], spec["seed"] + 1)
        write(asked["out"], records, model, reference)


if __name__ == "__main__":
    main()
