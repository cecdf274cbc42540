"""Train the bundled model on answers, and save it as vLLM serves it.

Usage: python3 tune.py ANSWERS.jsonl PASSES DIRECTORY
Answers have `prompt` and `answer`, token ids of the bundled model's tokenizer, all of one length. Needs PyTorch; one thread.
"""

import pathlib
import shutil
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "examples" / "distillation" / "students"))

from student import FINE_RATE, Llama, lines, train  # noqa: E402
from model import read_safetensors, write_safetensors  # noqa: E402

BASE = ROOT / "packages" / "demo-model" / "model"


def main():
    answers, passes, directory = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    torch.set_num_threads(1)
    torch.manual_seed(1)
    model = Llama()
    model.load_state_dict(read_safetensors(BASE / "model.safetensors"))
    train(model.train(), lines(answers), passes, FINE_RATE, 1)
    shutil.copytree(BASE, directory)
    write_safetensors(directory / "model.safetensors", model.state_dict())


if __name__ == "__main__":
    main()
