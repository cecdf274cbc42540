"""Writes attributes for documents in the layout of Dolma: one file of attributes beside each of documents.

    python3 dolma.py documents/a.jsonl.gz ... -- --key /secure/key.json

documents/a.jsonl.gz gives attributes/countermark/a.jsonl.gz. p-values are each document's own: who selects by them
has to correct for their number.
"""

import gzip
import json
import pathlib
import sys

from stream import annotate


def attributes(annotated):
    """Turns an annotated document, a dict with "id" and "text", into its attributes."""
    found = annotated["countermark"]
    spans = {}
    if found.get("conclusive"):
        spans["countermark__log10_p_value"] = [[0, len(annotated["text"]), found["log10PValue"]]]
    return {"id": annotated["id"], "attributes": spans}


def main(paths, options):
    for path in map(pathlib.Path, paths):
        target = path.parent.parent / "attributes" / "countermark" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.tmp")
        with gzip.open(path, "rt", encoding="utf-8") as source, gzip.open(unfinished, "wt", encoding="utf-8") as sink:
            for annotated in annotate(map(json.loads, source), ["--field", "text", *options]):
                sink.write(json.dumps(attributes(annotated)) + "\n")
        unfinished.replace(target)


if __name__ == "__main__":
    end = sys.argv.index("--")
    main(sys.argv[1:end], sys.argv[end + 1 :])
