/** The command that made a plan: in the plan, on the page, and in nothing that names a corpus. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestDigest, parseManifest } from '@countermark/corpus';
import { seededRandom } from '@countermark/watermark';
import { expect, it } from 'vitest';
import { run } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';

const directory = makeDirectory();
const key = keyFrom('plan-command', 1000);
const keyFile = writeKey(join(directory, 'a key'), key);
const corpus = join(directory, 'corpus');
const ids = [...randomIds(seededRandom('plan-command'), 200, 1000)];
mkdirSync(corpus);
writeFileSync(join(corpus, 'a.jsonl'), `${JSON.stringify({ ids })}\n`);

const told = (out: string): string | undefined =>
  parseManifest(readFileSync(join(out, 'manifest.json'), 'utf8')).command;

it('stands in the plan and on the page, without what may be secret, and stays when the scan goes on', async () => {
  const out = join(directory, 'out');
  const secret = 'https://user:pass@host/x?sig=secret';
  const settings = ['--ids-field', 'ids', '--exclude', secret, `--exclude=${secret}`];
  const planned = await run(['plan', '--key', keyFile, corpus, ...settings, '--out', out]);
  expect(planned).toMatchObject({ status: 0 });
  const shown = "'https://host/x?…'";
  const command = `countermark plan --key '${keyFile}' ${corpus} --ids-field ids --exclude ${shown} '--exclude=https://host/x?…'`;
  expect(told(out)).toBe(command);
  const scanned = await run(['scan', '--key', keyFile, corpus, ...settings, '--out', out]);
  expect(scanned).toMatchObject({ status: 0 });
  expect(told(out)).toBe(command);
  const page = readFileSync(join(out, 'report.html'), 'utf8');
  expect(page).toContain(`<pre><code>${command.replaceAll("'", '&#39;')}</code></pre>`);
  expect(page).not.toMatch(/sig=secret|user:pass/);
});

it('is the same for a plan and for a scan that makes its own, and is no part of what names a corpus', async () => {
  const [one, other, field] = ['one', 'other', 'field'].map((name) => join(directory, name));
  const read = ['--key', keyFile, corpus, '--ids-field', 'ids'];
  for (const args of [
    ['plan', ...read, '--out', one!],
    ['scan', ...read, '--out', other!, '--threads=1', '--strict', '--name', 'of whom', '--format', 'json'],
    ['plan', ...read, '--id-field', 'n', '--out', field!],
  ])
    expect(await run(args)).toMatchObject({ status: 0 });
  expect(told(other!)).toBe(told(one!));
  expect(told(one!)).toBe(`countermark plan --key '${keyFile}' ${corpus} --ids-field ids`);
  const manifest = parseManifest(readFileSync(join(one!, 'manifest.json'), 'utf8'));
  expect(manifestDigest({ ...manifest, command: 'another' })).toBe(manifestDigest(manifest));
  expect(told(field!)).toContain('--id-field n');
});
