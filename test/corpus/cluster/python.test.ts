import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../cli/command.ts';
import { makeDirectory } from '../../cli/fixtures.ts';
import { missingProgram, named, TEMPLATES } from './debian.ts';
import { pathWithCommand } from './small-corpus.ts';

const missing = missingProgram(['python3', '--version'], ['python3']);
const RECORDS = 3000;

describe.skipIf(missing !== undefined)(named('the examples in Python', missing), () => {
  const directory = makeDirectory();
  const key = join(directory, 'key.json');
  const lines = Array.from({ length: RECORDS }, (_, i) => {
    // Every tenth is too short for a verdict.
    const text = i % 10 === 0 ? 'Short.' : `Line ${i}. ${'The state of the nation is strong. '.repeat(20)}`;
    return `${JSON.stringify({ id: `d${i}`, text, nested: { é: [1, null] } })}\n`;
  }).join('');
  let expected: Record<string, unknown>[];

  beforeAll(async () => {
    expect((await run(['keygen', '--tokenizer', 'demo', '--out', key])).status).toBe(0);
    const args = ['scan', '--stdin', '--stdout', '--key', key, '--field', 'text'];
    const { status, stdout } = await run(args, { input: lines });
    expect(status).toBe(0);
    expected = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(expected).toHaveLength(RECORDS);
  });

  function python(
    args: readonly string[],
    input = '',
  ): { status: number | null; stdout: string; stderr: string } {
    const env = {
      ...process.env,
      PATH: pathWithCommand(directory),
      PYTHONPATH: TEMPLATES,
      PYTHONDONTWRITEBYTECODE: '1',
    };
    return spawnSync('python3', args, { env, input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  }

  const program = (loop: string): string =>
    `import json, sys, stream\nfound = stream.annotate(map(json.loads, sys.stdin), sys.argv[1:])\n${loop}`;

  it('stream.py yields what the command writes, of more than pipes hold', () => {
    const all = program('for record in found: print(json.dumps(record))');
    const { status, stdout, stderr } = python(['-c', all, '--key', key, '--field', 'text'], lines);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const found = stdout.trim().split('\n');
    expect(found.map((line) => JSON.parse(line))).toEqual(expected);
  });

  it('stream.py ends where nobody wants the rest', () => {
    const first = program('print(json.dumps(next(found)))\nfound.close()');
    const { status, stdout } = python(['-c', first, '--key', key, '--field', 'text'], lines);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(expected[0]);
  });

  it('stream.py raises where the command or the records fail', () => {
    const all = program('for record in found: pass');
    const refused = python(['-c', all, '--key', join(directory, 'none.json')], lines);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('CalledProcessError');
    const damaged = python(['-c', all, '--key', key, '--field', 'text'], `${lines}not JSON\n`);
    expect(damaged.status).toBe(1);
    expect(damaged.stderr).toContain('JSONDecodeError');
  });

  it('dolma.py writes a file of attributes beside each of documents', () => {
    const documents = join(directory, 'documents');
    mkdirSync(documents);
    const path = join(documents, 'a.jsonl.gz');
    writeFileSync(path, gzipSync(lines));
    const { status, stderr } = python([join(TEMPLATES, 'dolma.py'), path, '--', '--key', key]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const written = gunzipSync(readFileSync(join(directory, 'attributes', 'countermark', 'a.jsonl.gz')));
    const attributes = written
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(attributes).toEqual(
      expected.map(({ id, text, countermark }) => {
        const { conclusive, log10PValue } = countermark as { conclusive: boolean; log10PValue: number };
        const span = [0, String(text).length, log10PValue];
        return { id, attributes: conclusive ? { countermark__log10_p_value: [span] } : {} };
      }),
    );
    expect(attributes.filter(({ attributes: spans }) => Object.keys(spans).length === 0)).not.toHaveLength(0);
  });

  it('are all valid Python', () => {
    for (const name of ['stream.py', 'dolma.py', 'spark.py', 'ray_data.py']) {
      const check = 'import ast, sys; ast.parse(sys.stdin.read())';
      const source = readFileSync(join(TEMPLATES, name), 'utf8');
      expect(python(['-c', check], source), name).toMatchObject({ status: 0 });
    }
  });
});
