import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanDocuments } from '@countermark/corpus';
import { Detector } from '@countermark/detector';
import { createParams, seededRandom, WatermarkKey } from '@countermark/watermark';
import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { run } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { BYTE_TOKENIZER } from '../../support/byte-tokenizer.ts';
import { succeed } from './runs.ts';

const directory = makeDirectory();
const WORDS = 100;
/** The id of the last word; those between it and the others stand for no token. */
const LAST = 200;
const words = [...Array.from({ length: WORDS }, (_, id) => [`w${id}`, id]), ['last', LAST]];
const SECRET = 'kilobit';

/** A tokenizer of whole words that has no token for others. */
const tokenizerFile = join(directory, 'words', 'tokenizer.json');
mkdirSync(join(directory, 'words'));
writeFileSync(
  tokenizerFile,
  JSON.stringify({
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(words), unk_token: '[UNK]' },
  }),
);

function keyOf({ name, vocabSize, fingerprint }: Tokenizer): WatermarkKey {
  return new WatermarkKey(
    createParams({ tokenizer: { name, vocabSize, fingerprint } }),
    new Uint8Array(32).fill(7),
  );
}

const wordTokenizer = await openTokenizer(tokenizerFile);
const keyFile = writeKey(join(directory, 'words.key'), keyOf(wordTokenizer));
wordTokenizer.close();
const OPTIONS = ['--key', keyFile, '--tokenizer', tokenizerFile];

const random = seededRandom('refused');
const known = (): string => Array.from({ length: 60 }, () => `w${Math.floor(WORDS * random())}`).join(' ');

describe('a text that its tokenizer has no tokens for', () => {
  const records = [known(), `${known()} ${SECRET}`, known(), SECRET, known()];
  const input = records.map((text) => `${JSON.stringify({ text })}\n`).join('');

  it('is a failure of its record in a scan, which goes on and quotes nothing of it', async () => {
    const corpus = join(directory, 'texts.jsonl');
    writeFileSync(corpus, input);
    const out = join(directory, 'texts-out');
    await succeed(['scan', ...OPTIONS, '--out', out, corpus]);
    const { records: all, documents, failures } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect({ all, documents, byCode: failures.byCode }).toEqual({
      all: 5,
      documents: 3,
      byCode: { 'tokenizer-refused': 2 },
    });
    expect(failures.listed).toMatchObject([
      { record: 1, line: 2, message: expect.stringContaining('Missing [UNK] token') },
      { record: 3, line: 4 },
    ]);
    for (const name of ['summary.json', 'report.html']) {
      expect(readFileSync(join(out, name), 'utf8')).not.toContain(SECRET);
    }
  });

  it('ends a strict scan with what is wrong with it', async () => {
    const corpus = join(directory, 'strict.jsonl');
    writeFileSync(corpus, input);
    const out = join(directory, 'strict-out');
    const { status, stderr } = await run(['scan', '--strict', ...OPTIONS, '--out', out, corpus]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('cannot encode') });
    expect(stderr).not.toMatch(/internal|kilobit/);
  });

  it('is annotated in its place in a stream', async () => {
    const { status, stdout } = await run(['scan', '--stdin', '--stdout', ...OPTIONS], { input });
    expect(status).toBe(0);
    const found = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).countermark);
    expect(found.map(({ failure, tokens }) => failure?.code ?? tokens)).toEqual([
      ...[60, 'tokenizer-refused', 60, 'tokenizer-refused', 60],
    ]);
  });

  it('is no fault of ours where one text is tested', async () => {
    const { status, stderr } = await run(['detect', ...OPTIONS, '-'], { input: SECRET });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('cannot encode the text'),
    });
  });
});

describe("a tokenizer of the caller's that throws", () => {
  const failing = (error: unknown): Tokenizer => ({
    ...BYTE_TOKENIZER,
    encode: (text) => {
      if (text.includes(SECRET)) throw error;
      return BYTE_TOKENIZER.encode(text);
    },
  });

  it.each([
    ['an error', new Error(`no token for ${SECRET}`), 'it threw Error'],
    ['a TypeError', new TypeError(SECRET), 'it threw TypeError'],
    ['what is no error', SECRET, 'it threw no error'],
  ])('refuses one text: %s', async (_, error, reason) => {
    const tokenizer = failing(error);
    const detector = new Detector([keyOf(tokenizer)], { tokenizers: [tokenizer] });
    const refusal = (): unknown => detector.detect(`text of ${SECRET}`);
    expect(refusal).toThrow(
      expect.objectContaining({
        name: 'DetectorError',
        code: 'tokenizer-refused',
        message: expect.stringContaining(reason),
        cause: error,
      }),
    );
    expect(refusal).not.toThrow(SECRET);
    expect(detector.detect('another text').total).toBe(12);
    detector.close();
    const scanning = scanDocuments(one(SECRET), [keyOf(tokenizer)], { tokenizers: [tokenizer] });
    await expect(scanning.next()).rejects.toMatchObject({ code: 'tokenizer-refused' });
  });

  it('is at fault itself where it can encode nothing', () => {
    const error = new TypeError('the tokenizer was closed');
    const closed: Tokenizer = {
      ...BYTE_TOKENIZER,
      encode: () => {
        throw error;
      },
    };
    const detector = new Detector([keyOf(closed)], { tokenizers: [closed] });
    expect(() => detector.detect('text')).toThrow(error);
    detector.close();
  });
});

describe('ids below the vocabulary that stand for no token', () => {
  it('are scored, and shown as ids', async () => {
    const corpus = join(directory, 'ids.jsonl');
    const rows = Array.from({ length: 20 }, () =>
      JSON.stringify({ input_ids: Array.from({ length: 80 }, () => Math.floor(LAST * random())) }),
    );
    writeFileSync(corpus, `${rows.join('\n')}\n`);
    const out = join(directory, 'ids-out');
    await succeed(['scan', ...OPTIONS, '--out', out, corpus]);
    const { documents, failures } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect({ documents, failed: failures.records }).toEqual({ documents: 20, failed: 0 });
  });
});

async function* one(text: string): AsyncGenerator<string> {
  yield text;
}
