import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../../cli/command.ts';
import { makeDirectory } from '../../cli/fixtures.ts';
import { missingProgram, succeeds } from '../../support/debian.ts';
import { pathWithCommand } from './small-corpus.ts';
import { named, TEMPLATES } from './templates.ts';

const missing = missingProgram(() => succeeds('python3', ['--version']), ['python3']);
const RECORDS = 3000;
/** What the command says of its input: ids, some hundredth of the characters, are read by no test. */
const COVERAGE = 'reads 99 % of the text of these records\n';

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
  }, PATIENCE_MS);

  function python(
    args: readonly string[],
    input = '',
    modules = '',
  ): { status: number | null; stdout: string; stderr: string } {
    const env = {
      ...process.env,
      PATH: pathWithCommand(directory),
      PYTHONPATH: `${TEMPLATES}:${modules}`,
      PYTHONDONTWRITEBYTECODE: '1',
    };
    return spawnSync('python3', args, { env, input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  }

  const program = (loop: string): string =>
    `import json, sys, stream\nfound = stream.annotate(map(json.loads, sys.stdin), sys.argv[1:])\n${loop}`;

  it('stream.py yields what the command writes, of more than pipes hold', () => {
    const all = program('for record in found: print(json.dumps(record))');
    const { status, stdout, stderr } = python(['-c', all, '--key', key, '--field', 'text'], lines);
    expect({ status, stderr }).toEqual({ status: 0, stderr: COVERAGE });
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
    expect({ status, stderr }).toEqual({ status: 0, stderr: COVERAGE });
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

  it('spark.py pipes lines through the command, where Spark does as it promises', () => {
    const modules = join(directory, 'stand-in', 'pyspark');
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, '__init__.py'), '');
    writeFileSync(join(modules, 'sql.py'), SPARK);
    const source = join(directory, 'lines.jsonl');
    const target = join(directory, 'annotated.jsonl');
    writeFileSync(source, lines);
    const args = [join(TEMPLATES, 'spark.py'), source, target, '--key', key];
    expect(python(args, '', join(directory, 'stand-in'))).toMatchObject({ status: 0, stderr: COVERAGE });
    const written = readFileSync(target, 'utf8').trim().split('\n');
    expect(written.map((line) => JSON.parse(line))).toEqual(expected);
  });
});

// RDD.pipe by its documentation: the command is split as a shell would, and fed and read line by line.
const SPARK = `
import shlex
import subprocess


class Lines:
    def __init__(self, lines):
        self.lines = lines

    def pipe(self, command, checkCode):
        text = "".join(f"{line}\\n" for line in self.lines)
        found = subprocess.run(shlex.split(command), input=text.encode(), stdout=subprocess.PIPE, check=checkCode)
        return Lines(found.stdout.decode().splitlines())

    def saveAsTextFile(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\\n" for line in self.lines)


class SparkContext:
    def textFile(self, path):
        with open(path, encoding="utf-8") as file:
            return Lines(file.read().splitlines())


class SparkSession:
    class builder:
        @staticmethod
        def appName(name):
            return SparkSession.builder

        @staticmethod
        def getOrCreate():
            return SparkSession()

    sparkContext = SparkContext()
`;
