"""Writes the zoo's shards of MosaicML Streaming, beside those of generate.py, which has to be run first.

    python -m venv venv && venv/bin/pip install mosaicml-streaming==0.13.0 && venv/bin/python generate_mds.py
"""
import json
import shutil
from pathlib import Path

import numpy as np
from streaming import MDSWriter

HERE = Path(__file__).parent
TEXTS = json.loads((HERE / 'texts.json').read_text())
IDS = json.loads((HERE / 'ids.json').read_text())
expected = json.loads((HERE / 'expected.json').read_text())


def mds(name, columns, samples, compression=None):
    out = HERE / 'files' / name
    shutil.rmtree(out, ignore_errors=True)
    with MDSWriter(out=str(out), columns=columns, compression=compression) as writer:
        for sample in samples:
            writer.write(sample)
    expected[name] = {'writer': f'mosaicml-streaming, {columns}, {compression}', 'documents': 6, 'marked': [1, 4], 'failures': 0}


mds('mds-text', {'id': 'int', 'text': 'str'}, [{'id': i, 'text': t} for i, t in enumerate(TEXTS)])
mds('mds-zstd', {'text': 'str', 'meta': 'json'}, [{'text': t, 'meta': {'source': 'web'}} for t in TEXTS], 'zstd')
mds('mds-ids', {'tokens': 'ndarray'}, [{'tokens': np.array(ids, np.int64)} for ids in IDS])
mds('mds-ids-typed', {'tokens': 'ndarray:uint16'}, [{'tokens': np.array(ids, np.uint16)} for ids in IDS])
width = min(map(len, IDS))
mds('mds-ids-shaped', {'tokens': f'ndarray:uint32:{width}'}, [{'tokens': np.array(ids[:width], np.uint32)} for ids in IDS])
(HERE / 'expected.json').write_text(json.dumps(dict(sorted(expected.items())), indent=1, ensure_ascii=False) + '\n')
