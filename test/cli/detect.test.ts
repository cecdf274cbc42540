import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoModelFiles } from '@countermark/demo-model';
import { type Detection, type Finding, tokensDigest } from '@countermark/detector';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run, runJson, runWarm } from './command.ts';
import { demoKey, type Generation, longAnswer, makeDirectory, writeKey } from './fixtures.ts';

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const key = await demoKey(1);
const keyFile = writeKey(path('vendor.key'), key);
const otherKey = await demoKey(2);
const otherFile = writeKey(path('other.key'), otherKey);
const license = fileURLToPath(new URL('../../LICENSE', import.meta.url));

/** Runs `detect --format json` on one document. */
type Result = Detection & { readonly input: string; readonly finding: Finding };

async function detect(...args: string[]): Promise<Result> {
  return (await runJson(['detect', '--format', 'json', ...args])) as Result;
}

function write(name: string, text: string): string {
  writeFileSync(path(name), text);
  return path(name);
}

describe('detect', () => {
  let answer: Generation;
  let text: string;
  let ids: string;
  beforeAll(async () => {
    answer = await longAnswer(['--key', keyFile]);
    text = write('answer.txt', answer.text);
    ids = write('answer.json', JSON.stringify(answer));
  }, PATIENCE_MS);

  it('tells a marked text from an unmarked one', async () => {
    const { status, stdout, stderr } = await run(['detect', '--key', keyFile, text]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^\S+: detected\n {2}p-value {2}\S+e-\d+ \(log10 -\d/);
    expect(stdout).toContain(`key      ${key.keyId}`);
    expect(await detect('--key', keyFile, license)).toMatchObject({
      input: license,
      verdict: 'not-detected',
    });
  });

  it('says of what looks like records that scan reads them, and tests the text all the same', async () => {
    const record = (i: number): string => JSON.stringify({ id: i, text: answer.text });
    const files = {
      'lines.jsonl': `${record(1)}\n\n${record(2)}\n`,
      'one.jsonl': record(1),
      // Lines of records under a name that says nothing.
      'lines.txt': `${record(1)}\n${record(2)}\n`,
      'list.txt': `[\n${record(1)},\n${record(2)}\n]`,
    };
    for (const [name, content] of Object.entries(files)) {
      const file = write(name, content);
      const { status, stdout, stderr } = await runWarm([
        'detect',
        '--key',
        keyFile,
        '--fail-on',
        'detected',
        file,
      ]);
      expect(stderr).toBe(
        `${file}: looks like records in JSON, and is tested as one text, with its braces and names of fields; to test each record: countermark scan --key ${keyFile} ${file}\n`,
      );
      // The answer within it is long, so that it is found; what matters is that the status is that of the verdict.
      expect(status).toBe(/: detected/.test(stdout) ? 1 : 0);
    }
    const others = {
      'answer.txt': answer.text,
      'words.json': '[1, 2]',
      'value.txt': '{"a": 1}',
      'bad.jsonl': '{"a":',
    };
    for (const [name, content] of Object.entries(others))
      expect(await runWarm(['detect', '--key', keyFile, write(`no-${name}`, content)]), name).toMatchObject({
        status: 0,
        stderr: '',
      });
    const { stderr } = await run(['detect', '--key', keyFile, '-'], { input: files['lines.jsonl'] });
    expect(stderr).toMatch(/^standard input: looks like records .* --stdin --stdout\n$/);
  });

  it('finds nothing with a wrong key', async () => {
    expect((await detect('--key', otherFile, text)).verdict).toBe('not-detected');
    expect((await detect('--key', keyFile, text)).verdict).toBe('detected');
  });

  it('prints one JSON value', async () => {
    const detection = await detect('--key', keyFile, text);
    expect(detection).toMatchObject({
      object: 'detection',
      input: text,
      verdict: 'detected',
      alpha: 1e-6,
      minTokens: 50,
      tests: 1,
      corrections: [],
      normalization: [],
      params: key.fingerprint,
      keyId: key.keyId,
    });
    const { scored, duplicates, otherSlots, withoutContext, total } = detection;
    expect(scored + duplicates + otherSlots + withoutContext).toBe(total);
    expect(detection.log10PValue).toBe(detection.log10RawPValue);
    const { log10PValue, log10LeastPValue, pValue } = detection;
    expect(pValue).toBe(10 ** Math.max(log10PValue, log10LeastPValue));
  });

  it('ranks the key among decoys', async () => {
    const { decoys } = await detect('--key', keyFile, '--decoys', '9', text);
    expect(decoys).toMatchObject({ count: 9, atLeastAsStrong: 0, log10RankPValue: -1, alarm: false });
    expect((await runWarm(['detect', '--key', keyFile, '--decoys', '9', text])).stdout).toContain(
      'decoys   rank p-value',
    );
  });

  it('takes the probabilities of tokens, as many as there are', async () => {
    const probabilities = answer.tokenIds.map(() => 0.5);
    const beside = write('probabilities.json', JSON.stringify({ probabilities }));
    const detection = await detect('--key', keyFile, '--ids', '--probabilities', beside, ids);
    expect(detection.weighted).toMatchObject({ source: 'known', log10PValue: detection.log10PValue });
    expect(detection.weighted!.log10PlainPValue).not.toBe(detection.log10PValue);
    const { stdout } = await runWarm(['detect', '--key', keyFile, '--ids', '--probabilities', beside, ids]);
    expect(stdout).toMatch(/weights {2}\d+ tokens, by known probabilities; without them p = /);
    const short = write('short.json', '[0.5]');
    const two = write('two.jsonl', '[0.5]\n[0.5]');
    for (const [file, message] of [
      [short, `there are 1 probabilities for ${probabilities.length} tokens`],
      [two, 'has probabilities for 2 documents, not 1'],
      [write('words.json', '["x"]'), 'neither an array of probabilities'],
    ] as const) {
      const { status, stderr } = await runWarm([
        'detect',
        '--key',
        keyFile,
        '--ids',
        '--probabilities',
        file,
        ids,
      ]);
      expect({ status, named: stderr.includes(message) }).toEqual({ status: 2, named: true });
    }
    const both = ['--probabilities', beside, '--proxy', 'demo'];
    const { status, stderr } = await runWarm(['detect', '--key', keyFile, ...both, text]);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('either') });
  });

  it('prints one page of HTML', async () => {
    const { status, stdout, stderr } = await runWarm(['detect', '--key', keyFile, '--format', 'html', text]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^<!doctype html>[\s\S]+<\/html>\n$/);
    expect(stdout).toContain('Detected at level 1e-6: the null hypothesis, that');
    expect(stdout).not.toContain(Buffer.from(key.exportSecret()).toString('base64url'));
  });

  it('scores the same tokens in a text as in its token ids, but at seams of the tokenizer', async () => {
    const exact = await detect('--key', keyFile, '--ids', ids);
    const again = await detect('--key', keyFile, text);
    expect(exact.verdict).toBe('detected');
    expect(exact.total).toBe(answer.tokenIds.length);
    // Sampling may spell a word by other tokens than the tokenizer would: a small model does so now and then, and
    // each such seam costs the scores of the five windows that hold it.
    expect(again.log10PValue).toBeLessThan(exact.log10PValue / 2);
    expect(Math.abs(again.total - exact.total)).toBeLessThan(exact.total / 10);
  });

  it('reads token ids as an array, an object, or one of them a line', async () => {
    const array = write('array.json', JSON.stringify(answer.tokenIds, null, 1));
    const { input, finding, ...expected } = await detect('--key', keyFile, '--ids', ids);
    const inputs = [{ kind: 'token-ids', name: array, sha256: tokensDigest(answer.tokenIds) }];
    expect(await detect('--key', keyFile, '--ids', array)).toEqual({
      input: array,
      finding: { ...finding, inputs },
      ...expected,
    });
    const lines = write('lines.jsonl', `${JSON.stringify(answer.tokenIds)}\r\n\n${JSON.stringify(answer)}\n`);
    const { stdout } = await runWarm(['detect', '--key', keyFile, '--ids', '--format', 'json', lines]);
    const detections = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Detection & { input: string });
    expect(detections.map((detection) => detection.input)).toEqual([`${lines}:1`, `${lines}:3`]);
    for (const { log10PValue } of detections) expect(log10PValue).toBe(expected.log10PValue);
  });

  it('reads standard input', async () => {
    const { stdout } = await run(['detect', '--key', keyFile, '-'], { input: answer.text });
    expect(stdout).toMatch(/^standard input: detected\n/);
  });

  it('corrects for several keys by Holm', async () => {
    const one = await detect('--key', keyFile, text);
    const both = await detect('--key', otherFile, '--key', keyFile, text);
    expect(both).toMatchObject({
      verdict: 'detected',
      keyId: key.keyId,
      tests: 2,
      corrections: [{ method: 'holm', over: 'keys', tests: 2 }],
    });
    // Twice the p-value: the difference is in the last bits of two logarithms.
    expect(both.log10PValue).toBeCloseTo(one.log10PValue + Math.log10(2), 10);
    expect(both.keys.map(({ keyId, verdict }) => [keyId, verdict])).toEqual([
      [otherKey.keyId, 'not-detected'],
      [key.keyId, 'detected'],
    ]);
  });

  it('corrects for several documents by Benjamini and Hochberg', async () => {
    const one = await detect('--key', keyFile, text);
    const { stdout } = await runWarm(['detect', '--key', keyFile, '--format', 'json', license, text]);
    const [unmarked, marked] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Detection);
    expect(marked).toMatchObject({ verdict: 'detected', tests: 2, log10PValue: one.log10PValue });
    expect(marked?.corrections).toEqual([{ method: 'benjamini-hochberg', over: 'documents', tests: 2 }]);
    expect(marked?.log10QValue).toBeCloseTo(one.log10PValue + Math.log10(2), 10);
    expect(unmarked?.verdict).toBe('not-detected');
  });

  it('detects every scheme', async () => {
    for (const scheme of [
      { kind: 'green-list', gamma: 0.25, delta: 4 },
      { kind: 'tournament', depth: 30 },
    ] as const) {
      const file = writeKey(path(`${scheme.kind}.key`), await demoKey(4, scheme));
      const { text: words } = await longAnswer(['--key', file]);
      const document = write(`${scheme.kind}.txt`, words);
      const { verdict, statistic } = await detect('--key', file, document);
      expect([statistic.scheme, verdict]).toEqual([scheme.kind, 'detected']);
    }
  });

  it('reads a text again that comes from another engine', async () => {
    const { text: words } = await longAnswer(['--key', keyFile, '--model', demoModelFiles().onnxDirectory]);
    expect((await detect('--key', keyFile, write('directory.txt', words))).verdict).toBe('detected');
  });

  it.each([
    [['--fail-on', 'detected'], ['answer.txt'], 1],
    [['--fail-on', 'inconclusive'], ['answer.txt'], 0],
    [['--fail-on', 'inconclusive'], ['short.txt'], 3],
    [['--fail-on', 'detected'], ['short.txt'], 0],
    [['--fail-on', 'inconclusive', '--fail-on', 'detected'], ['short.txt', 'answer.txt'], 1],
    [['--fail-on', 'inconclusive', '--fail-on', 'detected'], ['short.txt', 'license.txt'], 3],
    [['--fail-on', 'inconclusive', '--fail-on', 'detected'], ['license.txt'], 0],
  ])('given %j, ends on %j with %i', async (options, names, expected) => {
    write('short.txt', 'A short text.');
    write('license.txt', readFileSync(license, 'utf8'));
    const { status, stderr } = await runWarm(['detect', '--key', keyFile, ...options, ...names.map(path)]);
    expect({ status, stderr }).toEqual({ status: expected, stderr: '' });
  });

  it.each([
    ['an empty text', '', 0],
    ['a text shorter than a context', 'The', 3],
    ['a short text', 'A short text.', 13],
  ])('finds %s inconclusive', async (name, content, bytes) => {
    const detection = await detect('--key', keyFile, write('short.txt', content));
    expect(detection.verdict, name).toBe('inconclusive');
    expect(detection.total).toBeLessThanOrEqual(bytes);
    expect(detection.scored).toBeLessThan(50);
    const none = await detect('--key', keyFile, '--min-tokens', '1', write('short.txt', content.slice(0, 3)));
    expect(none).toMatchObject({ verdict: 'inconclusive', scored: 0, pValue: 1, log10PValue: 0 });
  });

  it('takes the level and the least number of tokens', async () => {
    const { scored, log10PValue } = await detect('--key', keyFile, text);
    expect((await detect('--key', keyFile, '--min-tokens', `${scored}`, text)).verdict).toBe('detected');
    expect((await detect('--key', keyFile, '--min-tokens', `${scored + 1}`, text)).verdict).toBe(
      'inconclusive',
    );
    const below = `1e${Math.floor(log10PValue)}`;
    expect((await detect('--key', keyFile, '--alpha', below, text)).verdict).toBe('not-detected');
  });

  it('reports what it removed from the text', async () => {
    const hidden = write('hidden.txt', answer.text.replaceAll(' ', ' \u200b'));
    const spaces = answer.text.split(' ').length - 1;
    const { log10PValue } = await detect('--key', keyFile, text);
    const removed = await detect('--key', keyFile, hidden);
    expect(removed.log10PValue).toBe(log10PValue);
    expect(removed.normalization.map(({ count }) => count)).toEqual([spaces]);
    expect((await runWarm(['detect', '--key', keyFile, hidden])).stdout).toContain(`removed  ${spaces} × `);
    // The negative control: the text as it is.
    const kept = await detect('--key', keyFile, '--normalize', 'none', hidden);
    expect(kept.normalization).toEqual([]);
    expect(kept.log10PValue).toBeGreaterThan(log10PValue / 2);
  });

  it('reads look-alike letters as what they look like, where it is told to', async () => {
    // Only within words: a word of Cyrillic letters alone is taken for one.
    const letters = answer.text.replace(/(?<=[b-np-z])a/g, '\u0430').replace(/(?<=[b-np-z])o/g, '\u043e');
    const disguised = write('disguised.txt', letters);
    const { log10PValue } = await detect('--key', keyFile, text);
    const folded = await detect('--key', keyFile, '--normalize', 'invisible-and-homoglyphs', disguised);
    expect(folded.log10PValue).toBe(log10PValue);
    expect((await detect('--key', keyFile, disguised)).log10PValue).toBeGreaterThan(log10PValue / 2);
  });

  it('needs the tokenizer.json of a key whose tokenizer has no name', async () => {
    const { tokenizer } = key.params;
    const params = createParams({ tokenizer: { ...tokenizer, name: 'a-tokenizer-of-ours' } });
    const named = writeKey(path('named.key'), new WatermarkKey(params, new Uint8Array(32).fill(5)));
    const { status, stdout, stderr } = await runWarm(['detect', '--key', named, text]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /^countermark: key \w+ belongs to tokenizer "a-tokenizer-of-ours" [^\n]+ --tokenizer\n$/,
    );
    const given = await detect('--key', named, '--tokenizer', demoModelFiles().tokenizer, text);
    expect(given.verdict).toBe('not-detected');
    // Token ids need none.
    expect((await detect('--key', named, '--ids', ids)).total).toBe(answer.tokenIds.length);
  });

  it('prints the name of a file on one line', async () => {
    const name = write('a\nb: detected', 'x');
    const { stdout } = await runWarm(['detect', '--key', keyFile, name]);
    expect(stdout.split('\n')[0]).toContain('a\uFFFDb: detected: inconclusive');
  });
});
