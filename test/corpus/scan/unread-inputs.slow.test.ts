/** One bad file ends no plan: it is told, wherever somebody may look, and in the exit status. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest, ScanSummary } from '@countermark/corpus';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { run } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';

const directory = makeDirectory();
const keyFile = writeKey(join(directory, 'vendor.key'), keyFrom('unread', 1000));
const corpus = join(directory, 'corpus');
const random = seededRandom('unread');
const line = (): string => `${JSON.stringify({ ids: [...randomIds(random, 60, 1000)] })}\n`;
mkdirSync(join(corpus, 'chats'), { recursive: true });
writeFileSync(join(corpus, 'good.jsonl'), line() + line());
writeFileSync(join(corpus, 'damaged.parquet'), 'PAR1 and no more');
writeFileSync(join(corpus, 'rows.avro'), 'Obj\x01');
writeFileSync(join(corpus, 'notes.rst'), '12345');
writeFileSync(join(corpus, 'chats', 'odd.table'), 'a^b\n"1^2');
symlinkSync(join(corpus, 'nowhere'), join(corpus, 'broken.jsonl'));
symlinkSync(join(corpus, 'good.jsonl'), join(corpus, 'again.jsonl'));

const args = (command: string, out: string, ...more: readonly string[]): string[] => [
  ...[command, '--key', keyFile, '--out', join(directory, out), ...more],
];
const readJson = <T>(out: string, name: string): T =>
  JSON.parse(readFileSync(join(directory, out, name), 'utf8'));

describe('inputs that cannot be read', () => {
  it('are told by plan and scan, in all results, and by status 4 once the rest is done', async () => {
    const plan = await run(args('plan', 'out', corpus));
    expect(plan.status, plan.stderr).toBe(4);
    expect(plan.stderr).toContain(`NOT READ: ${join(corpus, 'broken.jsonl')}: leads nowhere`);
    expect(plan.stderr).toContain(
      `${join(corpus, 'good.jsonl')}: is ${join(corpus, 'again.jsonl')} by another name`,
    );
    const { unread, unknown } = readJson<Manifest>('out', 'manifest.json');
    expect(unread?.map(({ location, reason }) => [location, reason])).toEqual(
      [
        ['broken.jsonl', 'missing'],
        ['rows.avro', 'unsupported'],
        ['damaged.parquet', 'damaged'],
      ].map(([name = '', reason]) => [join(corpus, name), reason]),
    );
    expect(unknown).toMatchObject({ files: 2, bytes: 13 });
    const scan = await run(args('scan', 'out', corpus));
    expect(scan.status, scan.stderr).toBe(4);
    expect(scan.stdout).toContain('NOT READ: 3 inputs, in no figure');
    const summary = readJson<ScanSummary>('out', 'summary.json');
    expect(summary.documents).toBe(2);
    expect(summary.unread).toEqual({ accepted: false, inputs: unread });
    const page = readFileSync(join(directory, 'out', 'report.html'), 'utf8');
    expect(page).toMatch(/class="alarm">3 inputs of the corpus could not be read/);
    expect(page).toContain('notes.rst');
  });

  it('may be left out by the user, who then goes on with the same parts', async () => {
    const skipped = await run(args('scan', 'out', '--skip-unreadable', corpus));
    expect(skipped.status, skipped.stderr).toBe(0);
    expect(skipped.stderr).toContain('1 of 1 shard is done already');
    expect(readJson<ScanSummary>('out', 'summary.json').unread.accepted).toBe(true);
    const excluded = await run(
      args(
        'scan',
        'out',
        '--exclude',
        '*.avro',
        '--exclude',
        'damaged.*',
        '--exclude',
        '**/broken.jsonl',
        corpus,
      ),
    );
    expect(excluded.status, excluded.stderr).toBe(0);
    expect(readJson<ScanSummary>('out', 'summary.json')).toMatchObject({
      unread: { inputs: [] },
      excluded: { patterns: ['*.avro', 'damaged.*', '**/broken.jsonl'], files: 3 },
    });
  });

  it('end the command where there is nothing else', async () => {
    const { status, stderr } = await run(args('plan', 'alone', join(corpus, 'damaged.parquet')));
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no Parquet footer'),
    });
  });
});

describe('--files-from and --for', () => {
  it('name files, and say of each how it is read', async () => {
    const list = join(directory, 'list');
    writeFileSync(list, `${join(corpus, 'good.jsonl')}\0${join(corpus, 'chats/odd.table')}\0`);
    const { status, stderr } = await run(
      args(
        ...(['plan', 'listed', '--files-from', list] as const),
        ...[
          '--for',
          '*.table:input-format=csv',
          '--for',
          'chats/*:delimiter=^',
          '--for',
          'chats/*:quote=none',
        ],
        ...['--for', 'chats/*:field=b', '--for', 'nothing/*:field=c'],
      ),
    );
    expect(status, stderr).toBe(0);
    const { files } = readJson<Manifest>('listed', 'manifest.json');
    expect(files.map(({ reading }) => reading)).toEqual([
      { format: 'jsonl', compression: 'none', layout: { kind: 'ids', field: 'ids' } },
      { format: 'csv', compression: 'none', layout: { kind: 'text', field: 'b' }, delimiter: '^', quote: '' },
    ]);
  });

  it('are refused where they say nothing that can be done', async () => {
    for (const [setting, message] of [
      ['field=a', 'pattern:name=value'],
      ['*.csv:colour=red', 'colour is none of'],
      ['*.csv:header=maybe', 'expected one of yes, no'],
      ['*.bin:end-of-text=-1', 'expected a token id'],
    ] as const) {
      const { status, stderr } = await run(args('plan', 'none', '--for', setting, corpus));
      expect({ status, stderr }, setting).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(message),
      });
    }
  });
});
