"""Print a sample of the trained model, for the model card.

Usage: python3 sample.py --model DIR --prompt TEXT --temperature 1 --top-p 1 --tokens 120 --seed 1
"""

import argparse
import json
import pathlib

import torch

from bpe import Encoder, read_merges, token_bytes
from model import CONFIG, Llama, read_safetensors


def nucleus(logits, temperature, top_p):
    """Return the probabilities of the smallest set of tokens whose mass reaches `top_p`."""
    probabilities, order = torch.softmax(logits / temperature, -1).sort(descending=True)
    before = probabilities.cumsum(-1) - probabilities
    probabilities[before >= top_p] = 0.0
    return torch.zeros_like(probabilities).scatter(0, order, probabilities)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--temperature", type=float, required=True)
    parser.add_argument("--top-p", type=float, required=True)
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    directory = pathlib.Path(arguments.model)
    merges = read_merges(json.loads((directory / "tokenizer.json").read_text(encoding="utf-8")))
    encoder, table = Encoder(merges), token_bytes(merges)
    model = Llama().eval()
    model.load_state_dict(read_safetensors(directory / "model.safetensors"))
    ids = encoder.encode(arguments.prompt)
    with torch.no_grad():
        for _ in range(arguments.tokens):
            window = torch.tensor([ids[-CONFIG["max_position_embeddings"] :]])
            weights = nucleus(model(window)[0, -1], arguments.temperature, arguments.top_p)
            ids.append(torch.multinomial(weights, 1).item())
            if ids[-1] == encoder.end:
                break
    print(b"".join(table[token] for token in ids if token != encoder.end).decode(errors="replace"))


if __name__ == "__main__":
    main()
