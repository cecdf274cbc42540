import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Detection, Finding, TupleEvidence } from '@countermark/detector';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, runJson, runWarm, VERSION } from '../cli/command.ts';
import { demoKey, type Generation, longAnswer, makeDirectory, writeKey } from '../cli/fixtures.ts';

type Result = Detection & {
  readonly finding: Finding;
  readonly evidence: TupleEvidence;
  readonly software: Record<string, string>;
};

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const key = await demoKey(1);
const keyFile = writeKey(path('vendor.key'), key);
const other = await demoKey(2);
const paramsFile = write('params.json', JSON.stringify(key));

function write(name: string, text: string): string {
  writeFileSync(path(name), text);
  return path(name);
}

async function detect(...args: string[]): Promise<Result> {
  return (await runJson(['detect', '--key', keyFile, '--format', 'json', '--evidence', ...args])) as Result;
}

let answer: Generation;
let text: string;
let ids: string;
let result: Result;
let resultFile: string;
beforeAll(async () => {
  answer = await longAnswer(['--key', keyFile]);
  text = write('answer.txt', answer.text);
  ids = write('answer.json', JSON.stringify(answer));
  result = await detect(text);
  resultFile = write('result.json', JSON.stringify(result));
}, PATIENCE_MS);

/** Checks a result that was changed, and returns how that ended. */
async function checkChanged(change: object, ...args: string[]) {
  const file = write('changed.json', JSON.stringify({ ...result, ...change }));
  return runWarm(['check', file, text, ...args]);
}

describe('detect', () => {
  it('says by which software', async () => {
    const { node, icu, unicode } = process.versions;
    const software = { countermark: VERSION, node, icu, unicode, textUnicode: '16.0' };
    expect(result.software).toEqual(software);
    const line = `countermark ${VERSION}, Node ${node}, ICU ${icu}, Unicode ${unicode}; texts are normalised and cut by Unicode 16.0`;
    const { stdout } = await runWarm(['detect', '--key', keyFile, text, text]);
    expect(stdout.split('\n').filter((printed) => printed === `software ${line}`)).toHaveLength(1);
    const page = await runWarm(['detect', '--key', keyFile, '--format', 'html', text]);
    expect(page.stdout).toContain(`<p>Made with ${line}.</p>`);
    expect(page.stdout).toContain(key.commitment);
  });

  it('lists the scored tuples with --evidence, and without it none', async () => {
    const { evidence, scored } = result;
    expect([evidence.positions.length, evidence.words.length]).toEqual([scored, scored]);
    expect(evidence).toMatchObject({ keyId: key.keyId, parameters: key.params });
    expect(JSON.stringify(result)).not.toContain(Buffer.from(key.exportSecret()).toString('hex'));
    expect(await runJson(['detect', '--key', keyFile, '--format', 'json', text])).not.toHaveProperty(
      'evidence',
    );
  });

  it('lists the tuples of the key with the strongest evidence', async () => {
    const both = await detect('--key', writeKey(path('other.key'), other), text);
    expect(both.evidence).toEqual(result.evidence);
  });

  it.each([
    ['text', () => ['--key', keyFile], '--evidence belongs to --format json'],
    [
      'json',
      () => ['--params', vllm(), '--vocab-size', '4096', '--ids'],
      "--evidence is for Countermark's own keys",
    ],
  ])('refuses --evidence with --format %s and %o', async (format, args, message) => {
    const { status, stderr } = await runWarm(['detect', ...args(), '--evidence', '--format', format, ids]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

function vllm(): string {
  return write('vllm.json', '{"algorithm": "gumbel", "key": 42}');
}

describe('check', () => {
  it('passes an honest result, by its own parameters and by those published', async () => {
    const { status, stdout, stderr } = await runWarm(['check', resultFile, text]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^\S+: all 14 checks passed\n {2}pass {2}head +the document has the SHA-256 [0-9a-f]{64}, and the head repeats level and keys\n {2}pass {2}parameters {3}fingerprint [0-9a-f]{64}/,
    );
    expect(stdout).toContain('Not checked:\n  - That the words are those of key ');
    const published = ['--params', paramsFile, '--commitment', key.commitment];
    const closed = await runWarm(['check', resultFile, text, ...published]);
    expect(closed.stdout).toMatch(/: all 15 checks passed\n/);
    expect(closed.stdout).toContain('pass  commitment  ');
  });

  it('passes a result of token ids', async () => {
    const ofIds = write('ids-result.json', JSON.stringify(await detect('--ids', ids)));
    expect(await runJson(['check', '--ids', '--format', 'json', ofIds, ids])).toMatchObject({
      object: 'check',
      passed: true,
      result: ofIds,
      checks: expect.arrayContaining([expect.objectContaining({ name: 'slots', passed: true })]),
    });
  });

  it('takes the commitment from what "params --format json" prints', async () => {
    const { stdout } = await runWarm(['params', '--key', keyFile, '--format', 'json']);
    const published = write('published.json', stdout);
    const { stdout: printed } = await runWarm(['check', resultFile, text, '--params', published]);
    expect(printed).toContain('pass  commitment');
  });

  it('fails by name, with status 1', async () => {
    const cases: [string, object, string[]][] = [
      ['sum', { evidence: { ...result.evidence, words: [...result.evidence.words.slice(1), 1] } }, []],
      ['verdict', { verdict: 'not-detected' }, []],
      ['commitment', {}, ['--commitment', other.commitment]],
      ['parameters', {}, ['--params', write('other.json', JSON.stringify(other))]],
      ['document', { total: result.total + 1 }, []],
      ['head', { finding: { ...result.finding, level: 0.5 } }, []],
    ];
    for (const [name, change, args] of cases) {
      const { status, stdout, stderr } = await checkChanged(change, ...args);
      expect([name, status, stderr]).toEqual([name, 1, '']);
      expect(stdout).toMatch(new RegExp(`^  FAIL  ${name} `, 'm'));
      expect(stdout).toMatch(/: \d of 1[45] checks FAILED\n/);
    }
    const wrongText = write('wrong.txt', answer.text.replace('a', 'e'));
    const { status, stdout } = await runWarm(['check', resultFile, wrongText]);
    expect([status, /^ {2}FAIL {2}document /m.test(stdout)]).toEqual([1, true]);
  });

  it('refuses a file that is no result, saying where', async () => {
    const { evidence, ...bare } = result;
    const cases: [unknown, string][] = [
      ['{', 'not valid JSON'],
      ['['.repeat(1_000_000), 'not valid JSON'],
      [[], 'the result: must be an object'],
      [{ ...result, more: 1 }, 'has the field "more", which is not documented'],
      [JSON.stringify(result).replace('{', '{"__proto__": {"passed": true}, '), 'not what'],
      [{ ...result, log10PValue: null }, 'log10PValue: must be a number'],
      [JSON.stringify(bare).replace(/"log10EValue":[^,]+/, '"log10EValue":1e999'), 'log10EValue'],
      [{ ...result, keys: [] }, 'keys: must have at least 1 element'],
      [
        { ...result, software: { ...result.software, node: 'v1' } },
        'finding.software: is not what "software" says',
      ],
      [{ ...result, finding: { ...result.finding, inputs: [] } }, 'finding.inputs: must have '],
      [{ ...result, keyId: other.keyId }, 'keys: none of them is the key of the result'],
      [{ ...result, params: '<script>' }, 'params: must be 64 lowercase hex digits'],
      [{ ...result, input: 'x'.repeat(5000) }, 'input: must have at most '],
      [bare, 'lists no tuples: ask for the result of "detect --format json --evidence"'],
      [{ ...result, evidence: { ...evidence, words: [2 ** 32] } }, 'evidence.words.0: must be at most '],
      [{ ...result, evidence: { ...evidence, positions: [-1] } }, 'evidence.positions.0: must be at least 0'],
      [
        { ...result, evidence: { ...evidence, positions: [0.5] } },
        'evidence.positions.0: must be an integer',
      ],
      [
        { ...result, evidence: { ...evidence, positions: new Array<number>(1_000_001).fill(0) } },
        'evidence.positions: must have at most ',
      ],
      [
        { ...result, evidence: { ...evidence, parameters: { ...key.params, contextWidth: 99 } } },
        'evidence.parameters: invalid parameters: contextWidth',
      ],
      [{ ...result, profile: 'vllm-gumbel' }, 'is of another watermark, vllm-gumbel'],
    ];
    for (const [value, message] of cases) {
      const file = write('hostile.json', typeof value === 'string' ? value : JSON.stringify(value));
      const { status, stdout, stderr } = await runWarm(['check', file, text]);
      expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
      expect(stderr.startsWith(`countermark: ${file}: `)).toBe(true);
    }
  });

  it('refuses what cannot be checked with', async () => {
    const damaged = { ...key.toJSON(), fingerprint: other.fingerprint.replace(/^./, 'f') };
    const cases: [string[], string][] = [
      [[resultFile], 'give a result and its document, or results with --controls'],
      [[resultFile, text, '--params', keyFile], 'this file holds a secret'],
      [[resultFile, text, '--params', resultFile], 'not the public part of a key'],
      [
        [resultFile, text, '--params', write('damaged.json', JSON.stringify(damaged))],
        'the fingerprint is not that of the parameters',
      ],
      [[resultFile, text, '--commitment', 'abc'], 'It is not 64 lowercase hex digits.'],
      [[resultFile, text, '--disputed', 'a'], '--disputed belongs to --controls'],
      [['--controls', resultFile], '--controls needs --disputed'],
      [[resultFile, text, '--controls', resultFile, '--disputed', 'a'], '--controls takes results alone'],
      [['--controls', resultFile, '--disputed', 'a'], 'no result is that of "a"'],
      [[path('none.json'), text], 'none.json: no such file or directory'],
    ];
    for (const [args, message] of cases) {
      const { status, stdout, stderr } = await runWarm(['check', ...args]);
      expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
    }
  });

  it('ranks a disputed document among controls', async () => {
    const words =
      'the of and to in a is that for it as was with be by on not he his but at are this have from'.split(
        ' ',
      );
    const controls = Array.from({ length: 19 }, (_, i) => {
      const order = Array.from(
        { length: 150 },
        (_, j) => words[(7 * j * j + (i + 3) * j + i) % words.length],
      );
      return write(`control-${i}.txt`, order.join(' '));
    });
    const documents = [...controls.slice(0, 8), text, ...controls.slice(8)];
    const { stdout } = await runWarm(['detect', '--key', keyFile, '--format', 'json', ...documents]);
    const results = write('results.ndjson', stdout);
    const asked = ['check', '--controls', results, '--disputed', text];
    expect(await runJson([...asked, '--format', 'json'])).toMatchObject({
      object: 'control-check',
      disputed: text,
      documents: 20,
      atLeastAsStrong: 0,
      log10RankPValue: Math.log10(1 / 20),
      passed: true,
    });
    const { status, stdout: printed } = await runWarm(asked);
    expect(status).toBe(0);
    expect(printed).toContain('rank p-value      0.05: 0 of 19 controls have a p-value as small');
    expect(printed.match(/null hypothesis: /g)).toHaveLength(2);
    // Controls that all carry the mark are none.
    const marked = stdout.replaceAll(/"log10PValue":[^,]+/g, '"log10PValue":-9');
    const spoilt = await runWarm(['check', '--controls', write('spoilt.ndjson', marked), '--disputed', text]);
    expect([spoilt.status, spoilt.stdout]).toEqual([1, expect.stringContaining('FAIL  controls')]);
  });
});
