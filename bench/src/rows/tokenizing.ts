import { humanText, TEXT_KINDS } from '@countermark/fixtures';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { get_encoding } from 'tiktoken';
import { measure, timesAsLong } from '../measure.ts';
import { mixedText } from '../mixed-text.ts';
import { atLeast, type Row } from '../row.ts';

const CHARACTERS = 250_000;
// Characters of a document.
const DOCUMENT = 20_000;

/**
 * Text to the ids of o200k_base in megabytes of UTF-8 a second, beside the engine that defines them and the
 * quickest other one in JavaScript; the ratio is to the quicker of these two.
 */
export async function tokenizingRows(): Promise<Row[]> {
  const tokenizer = await openTokenizer('o200k_base');
  const tiktoken = get_encoding('o200k_base');
  // As ordinary text: special tokens that are written out are not looked for.
  const ordinary = { disallowedSpecial: new Set<string>() };
  const texts = [
    ['mixed text', mixedText()],
    ...TEXT_KINDS.map((kind) => [kind, humanText(kind).slice(-CHARACTERS)] as const),
  ] as const;
  const rows = texts.map(([what, text]) => {
    const count = Math.ceil(text.length / DOCUMENT);
    const documents = Array.from({ length: count }, (_, i) => text.slice(i * DOCUMENT, (i + 1) * DOCUMENT));
    const bytes = documents.reduce((sum, document) => sum + Buffer.byteLength(document), 0);
    const each = (encodeOne: (document: string) => unknown) => (): number => {
      for (const document of documents) encodeOne(document);
      return bytes;
    };
    const { ours, theirs, other } = measure({
      ours: each((document) => tokenizer.encode(document)),
      theirs: each((document) => tiktoken.encode_ordinary(document)),
      other: each((document) => encode(document, ordinary)),
    });
    const yardstick = `tiktoken ${megabytes(theirs.perSecond)}, gpt-tokenizer ${megabytes(other.perSecond)} MB/s`;
    const times = Math.min(timesAsLong(theirs, ours), timesAsLong(other, ours));
    return atLeast(`tokenizing, ${what}`, ours.perSecond / 1e6, 'MB/s', 15, yardstick, times);
  });
  tokenizer.close();
  tiktoken.free();
  return rows;
}

function megabytes(bytesPerSecond: number): string {
  return (bytesPerSecond / 1e6).toPrecision(3);
}
