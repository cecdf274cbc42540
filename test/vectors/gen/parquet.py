"""Writes ../parquet: one table as other writers of Parquet store it, for each way of compression; no randomness.

Python 3.11, pyarrow 25.0.1, polars 1.44.2, duckdb 1.5.6.

    python3 parquet.py
"""

import pathlib

import duckdb
import polars
import pyarrow
import pyarrow.parquet

OUT = pathlib.Path(__file__).resolve().parent.parent / "parquet"
ROWS = 100
GROUP_ROWS = 40


def text(i):
    # Long enough for several blocks of zstd in a page, and of numbers that compress badly besides.
    return f"téxt {i} " + "word " * (20 * i) + " ".join(str(i * k * k) for k in range(i))


rows = pyarrow.table(
    {
        "id": [f"row{i}" for i in range(ROWS)],
        "text": [None if i == 5 else text(i) for i in range(ROWS)],
        "ids": pyarrow.array(
            [[1000 * i + j for j in range(i % 7)] for i in range(ROWS)], pyarrow.list_(pyarrow.int32())
        ),
    }
)

OUT.mkdir(exist_ok=True)
for codec in ["snappy", "gzip", "zstd", "brotli", "lz4"]:
    pyarrow.parquet.write_table(
        rows, OUT / f"pyarrow-{codec}.parquet", compression=codec, row_group_size=GROUP_ROWS
    )
pyarrow.parquet.write_table(
    rows,
    OUT / "pyarrow-zstd-index.parquet",
    compression="zstd",
    data_page_version="2.0",
    data_page_size=32768,
    write_batch_size=10,
    write_page_index=True,
    use_dictionary=False,
    column_encoding={"text": "DELTA_LENGTH_BYTE_ARRAY", "id": "DELTA_BYTE_ARRAY"},
)
polars.from_arrow(rows).write_parquet(OUT / "polars-zstd.parquet", compression="zstd", row_group_size=GROUP_ROWS)
# Parquet 2: other encodings too.
duckdb.sql(f"copy rows to '{OUT}/duckdb-zstd.parquet' (format parquet, compression zstd, parquet_version V2)")
