"""Lets a Countermark server choose the tokens of an engine in Python, as a logits processor in vLLM's form.

COUNTERMARK_URL and COUNTERMARK_API_KEY_FILE say where the server is and which file has an API key of the scope "engine".
Such a key marks for whichever account it names: take the account from who signed in, never from what a request says of itself.
Only the standard library is used. What is special to an engine is `candidates`: its top-k, as numbers.
"""

import json
import math
import os
import random
import urllib.error
import urllib.request

URL = os.environ.get("COUNTERMARK_URL", "http://127.0.0.1:8080")
KEY_FILE = os.environ.get("COUNTERMARK_API_KEY_FILE", "countermark-data/admin-api-key")

class Countermark:
    """Chooses tokens over HTTP. The server keeps nothing of a response: what it has spent so far goes there and back."""

    def __init__(self, label, top_k=50):
        self.label = label
        self.top_k = top_k
        with open(KEY_FILE, encoding="ascii") as file:
            self.authorization = "Bearer " + file.read().strip()

    def choose(self, batch):
        """Returns (token id, bits spent) for each (response ids, bits spent, logits, account id): one call a step of a batch."""
        sequences = [
            {
                "context": response,
                "generated": len(response),
                "spentBits": spent,
                "accountId": account,
                **candidates(logits, self.top_k),
            }
            for response, spent, logits, account in batch
        ]
        request = urllib.request.Request(
            URL + "/v1/watermark/sample",
            data=json.dumps({"label": self.label, "sequences": sequences}).encode(),
            headers={"Authorization": self.authorization, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                samples = json.load(answer)
                return list(zip(samples["tokenIds"], samples["spentBits"]))
        except urllib.error.HTTPError as refusal:
            # Its body says what to do, which the status alone does not.
            raise RuntimeError(json.load(refusal)["detail"]) from refusal

    def logits_processor(self, account):
        """Returns a logits processor for one request, which leaves the engine no token but the one chosen."""
        spent = 0.0

        def process(_prompt_token_ids, output_token_ids, logits):
            nonlocal spent
            [(token_id, spent)] = self.choose([(list(output_token_ids), spent, logits, account)])
            for other in range(len(logits)):
                if other != token_id:
                    logits[other] = -math.inf
            return logits

        return process


def candidates(logits, top_k):
    """Returns the likeliest tokens and their logits. With torch: values, ids = logits.topk(k)."""
    ids = sorted(range(len(logits)), key=logits.__getitem__, reverse=True)[:top_k]
    return {"tokenIds": ids, "logits": [logits[token_id] for token_id in ids]}


def generate(processor, prompt, tokens, vocabulary):
    """Stands for an engine: logits that are as good as random, and greedy sampling behind the processor."""
    engine = random.Random(7)
    response = []
    for _ in range(tokens):
        logits = [engine.gauss(0, 3) for _ in range(vocabulary)]
        logits = processor(prompt, response, logits)
        response.append(max(range(vocabulary), key=logits.__getitem__))
    return response


if __name__ == "__main__":
    countermark = Countermark("demo")
    prompt = [11, 22, 33, 44]
    response = generate(countermark.logits_processor("customer-17"), prompt, tokens=120, vocabulary=500)
    print(json.dumps({"prompt": prompt, "response": response}))
