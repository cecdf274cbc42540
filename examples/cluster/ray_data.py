"""Annotates records in Ray Data: each block goes through one `countermark scan --stdin --stdout`.

    python3 ray_data.py INPUT OUTPUT --key /secure/key.json [options of countermark scan]
"""

import sys

import ray

from stream import annotate


def main(source, target, options):
    def annotate_block(block):
        records = block.to_dict("records")
        found = [annotated["countermark"] for annotated in annotate(records, ["--field", "text", *options])]
        # Empty where a document was inconclusive or could not be read.
        block["countermark_log10_p_value"] = [one["log10PValue"] if one.get("conclusive") else None for one in found]
        return block

    blocks = ray.data.read_json(source)
    # A block at once: the command takes a second to start.
    blocks.map_batches(annotate_block, batch_size=None, batch_format="pandas").write_json(target)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
