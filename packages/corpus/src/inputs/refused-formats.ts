/** Formats that are known and not read, with what to do about it. */

interface RefusedFormat {
  readonly name: string;
  /** The line that makes it a format that is read. */
  readonly convert: string;
  readonly extensions: readonly string[];
  /** What a file of it starts with, each character a byte. */
  readonly starts: readonly string[];
}

const REFUSED: readonly RefusedFormat[] = [
  {
    name: 'Avro',
    convert: `python3 -c "import fastavro, pyarrow; from pyarrow import parquet; parquet.write_table(pyarrow.Table.from_pylist(list(fastavro.reader(open('FILE', 'rb')))), 'FILE.parquet')"`,
    extensions: ['avro'],
    starts: ['Obj\x01'],
  },
  {
    name: 'ORC',
    convert: `python3 -c "from pyarrow import orc, parquet; parquet.write_table(orc.read_table('FILE'), 'FILE.parquet')"`,
    extensions: ['orc'],
    starts: ['ORC'],
  },
  {
    name: 'Excel',
    convert: `python3 -c "import pandas; pandas.read_excel('FILE').to_parquet('FILE.parquet')"`,
    extensions: ['xlsx', 'xlsm', 'xlsb', 'xls', 'ods'],
    starts: ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  },
  {
    name: 'SQLite',
    convert: `sqlite3 -json FILE "SELECT * FROM TABLE" > FILE.json`,
    extensions: ['sqlite', 'sqlite3', 'db', 'db3'],
    starts: ['SQLite format 3\0'],
  },
  {
    name: 'a pickle',
    convert: `python3 -c "import pandas; pandas.DataFrame(pandas.read_pickle('FILE')).to_parquet('FILE.parquet')", only if you trust who made it: a pickle runs programs`,
    extensions: ['pkl', 'pickle'],
    starts: ['\x80\x02', '\x80\x03', '\x80\x04\x95', '\x80\x05\x95'],
  },
  {
    name: 'data of R',
    convert: `python3 -c "import pyreadr; next(iter(pyreadr.read_r('FILE').values())).to_parquet('FILE.parquet')"`,
    extensions: ['rda', 'rdata', 'rds'],
    starts: ['RDX2\n', 'RDX3\n'],
  },
  {
    name: 'HDF5',
    convert: `python3 -c "import pandas; pandas.read_hdf('FILE').to_parquet('FILE.parquet')"`,
    extensions: ['h5', 'hdf5', 'hdf'],
    starts: ['\x89HDF\r\n\x1a\n'],
  },
  {
    name: 'arrays of NumPy in an archive',
    convert: 'unzip FILE, and give the .npy files in it',
    extensions: ['npz'],
    starts: [],
  },
  {
    name: 'tensors',
    convert: `python3 -c "import torch, numpy; numpy.save('FILE.npy', torch.load('FILE').numpy())"`,
    extensions: ['pt', 'pth'],
    starts: [],
  },
  { name: '7-Zip', convert: '7z x FILE', extensions: ['7z'], starts: ['7z\xbc\xaf\x27\x1c'] },
  { name: 'RAR', convert: 'unrar x FILE', extensions: ['rar'], starts: ['Rar!\x1a\x07'] },
  { name: 'LZ4', convert: 'lz4 -d FILE', extensions: ['lz4'], starts: ['\x04\x22\x4d\x18'] },
  { name: 'lzip', convert: 'lzip -d FILE', extensions: ['lz'], starts: ['LZIP'] },
  {
    name: 'fairseq',
    convert: 'write the ids with Megatron, or as numpy.save does',
    extensions: [],
    starts: ['TNTIDX\0\0'],
  },
  {
    name: 'encrypted with OpenPGP',
    convert: 'gpg -d FILE',
    extensions: ['gpg', 'pgp'],
    starts: ['-----BEGIN PGP MESSAGE'],
  },
  {
    name: 'encrypted with age',
    convert: 'age -d FILE',
    extensions: ['age'],
    starts: ['age-encryption.org/v1'],
  },
];

/** How a pointer of Git LFS starts, which stands for a file that was not fetched. */
const LFS = 'version https://git-lfs.github.com/spec/';

/**
 * Says why a file is not read, and what makes it one that is; undefined if nothing is known against it.
 *
 * @param name its path or the path of its address.
 * @param head its first bytes, as they lie there; empty where only the name is known.
 */
export function whyRefused(name: string, head: Buffer): string | undefined {
  const start = head.toString('latin1', 0, 64);
  if (start.startsWith(LFS))
    return 'is a pointer of Git LFS, and the file itself is not here; fetch it with git lfs pull';
  const [, extension = ''] = /\.(\w+)$/.exec(name.toLowerCase()) ?? [];
  const format =
    REFUSED.find(({ starts }) => starts.some((one) => start.startsWith(one))) ??
    REFUSED.find(({ extensions }) => extensions.includes(extension));
  if (format === undefined) return undefined;
  const line = format.convert.replaceAll('FILE', name.split(/[/\\]/).at(-1) ?? name);
  const what = format.name.startsWith('encrypted')
    ? `is ${format.name}`
    : `is ${format.name}, which is not read`;
  return `${what}; convert it: ${line}`;
}
