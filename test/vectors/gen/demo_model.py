"""Write demo-model-logits.json: what the demo model computes, by PyTorch in double precision.

Python 3.11, torch 1.13.1, regex 2022.10.31. No randomness. Run: python3 demo_model.py

The weights are the float16 values of model.safetensors, exactly. Two tolerances come with the
logits, each measured against the double-precision run over all positions of all cases:
  float32  16 times the largest deviation of the same network run in float32; another summation
           order gives other errors of the same size.
  float16  4 times the largest deviation when every input of a matrix product and every cached
           key and value is rounded to float16, as llama.cpp rounds them.
"""

import json
import pathlib
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parents[3]
MODEL = ROOT / "packages" / "demo-model" / "model"
sys.path.insert(0, str(ROOT / "packages" / "demo-model" / "train"))

from bpe import Encoder, read_merges  # noqa: E402
from model import Llama, read_safetensors  # noqa: E402

SPREAD = range(0, 4096, 512)  # ids whose logits are given beside the eight largest
NEW_TOKENS = 16
PROMPTS = [
    ("an opening of an address", "The condition of our foreign relations is"),
    ("one token", "And"),
    ("verse", "And it came to pass in those days, that the king of"),
    ("bytes outside ASCII, digits and runs of spaces", "In 1851 — “the whale’s   café” cost\n\n $12.50"),
    (
        "more than half of the context",
        " ".join(
            [
                "Call me Ishmael. Some years ago—never mind how long precisely—having little or no"
                " money in my purse, and nothing particular to interest me on shore, I thought I"
                " would sail about a little and see the watery part of the world. It is a way I have"
                " of driving off the spleen and regulating the circulation."
            ]
            * 4
        )
        + " The Constitution of the United",
    ),
]


def logits_of(model, ids):
    """Return the logits `[length, vocabulary]` of one sequence."""
    with torch.no_grad():
        return model(torch.tensor([ids]))[0]


def round_to_half(model):
    """Make `model` round to float16 where llama.cpp does."""

    def halved(x):
        return x.half().to(x.dtype)

    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.register_forward_pre_hook(lambda _, inputs: (halved(inputs[0]),))
    for layer in model.model.layers:
        for projection in (layer.self_attn.k_proj, layer.self_attn.v_proj):
            projection.register_forward_hook(lambda _, inputs, output: halved(output))
    model.model.norm.register_forward_hook(lambda _, inputs, output: halved(output))
    return model


def load(dtype):
    """Return the demo model in evaluation mode, its weights in `dtype`."""
    model = Llama()
    model.load_state_dict(read_safetensors(MODEL / "model.safetensors"))
    return model.to(dtype).eval()


def greedy(model, ids, tolerance):
    """Return the greedy continuation, cut before the first choice that `tolerance` could flip."""
    added = []
    while len(added) < NEW_TOKENS:
        best = logits_of(model, ids + added)[-1].topk(2)
        if (best.values[0] - best.values[1]).item() <= 2 * tolerance:
            break
        added.append(best.indices[0].item())
    return added


def main():
    torch.set_num_threads(1)
    tokenizer = json.loads((MODEL / "tokenizer.json").read_text(encoding="utf-8"))
    encoder = Encoder(read_merges(tokenizer))
    exact, single = load(torch.float64), load(torch.float32)
    half = round_to_half(load(torch.float64))
    cases = [(comment, prompt, encoder.encode(prompt)) for comment, prompt in PROMPTS]
    worst = {"float32": 0.0, "float16": 0.0}
    for _, _, ids in cases:
        reference = logits_of(exact, ids)
        for name, model in (("float32", single), ("float16", half)):
            deviation = (logits_of(model, ids).double() - reference).abs().max().item()
            worst[name] = max(worst[name], deviation)
    tolerances = {"float32": 16 * worst["float32"], "float16": 4 * worst["float16"]}
    tests = []
    for number, (comment, prompt, ids) in enumerate(cases, 1):
        reference = logits_of(exact, ids)
        positions = []
        for at in sorted({0, len(ids) // 2, len(ids) - 1}):
            chosen = sorted({*reference[at].topk(8).indices.tolist(), *SPREAD})
            logits = {token: round(reference[at, token].item(), 9) for token in chosen}
            positions.append({"position": at, "best": reference[at].argmax().item(), "logits": logits})
        tests.append(
            {
                "tcId": number,
                "comment": comment,
                "prompt": prompt,
                "ids": ids,
                "positions": positions,
                "continuation": greedy(exact, ids, tolerances["float16"]),
            }
        )
    file = {
        "algorithm": "llama",
        "source": "packages/demo-model/model, run by packages/demo-model/train/model.py in float64",
        "generator": "test/vectors/gen/demo_model.py",
        "absTol": {name: float(f"{value:.2e}") for name, value in tolerances.items()},
        "tests": tests,
    }
    text = json.dumps(file, ensure_ascii=False, indent=1)
    (ROOT / "test" / "vectors" / "demo-model-logits.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
