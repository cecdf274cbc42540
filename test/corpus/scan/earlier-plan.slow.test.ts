/** A scan goes on with the plan of an earlier release, which neither told languages nor counted by a field that nobody named. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseManifest } from '@countermark/corpus';
import { humanDocuments } from '@countermark/fixtures';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { expect, it } from 'vitest';
import { type Ended, run } from '../../cli/command.ts';
import { demoKey, makeDirectory, writeKey } from '../../cli/fixtures.ts';

const directory = makeDirectory();
const keyFile = writeKey(join(directory, 'vendor.key'), await demoKey(0x17));
const corpus = join(directory, 'corpus');
mkdirSync(corpus);
const texts = humanDocuments('prose').slice(0, 6);
const lines = texts.map((text, i) => `${JSON.stringify({ text, source: i % 2 === 0 ? 'a' : 'b' })}\n`);
writeFileSync(join(corpus, 'texts.jsonl'), lines.join(''));
const out = join(directory, 'out');

async function scan(): Promise<Ended> {
  const ended = await run(['scan', '--key', keyFile, corpus, '--out', out]);
  expect(ended.status, ended.stderr).toBe(0);
  return ended;
}

const summary = (): Record<string, unknown> => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));

it('says of neither, and is not refused', async () => {
  await scan();
  expect(summary()).toMatchObject({
    groups: { by: ['source'], left: 0 },
    byLanguage: { left: 0, listed: [{ name: 'en', documents: texts.length }] },
  });
  const path = join(out, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  delete manifest.settings.languages;
  delete manifest.command;
  for (const { reading } of manifest.files) delete reading.groupField;
  const earlier = `${JSON.stringify(manifest, null, 1)}\n`;
  parseManifest(earlier);
  writeFileSync(path, earlier);
  rmSync(join(out, 'parts'), { recursive: true });
  const { stderr } = await scan();
  expect(stderr).not.toContain('counted by the field');
  expect(readFileSync(path, 'utf8')).toBe(earlier);
  expect(summary()).not.toHaveProperty('groups');
  expect(summary()).not.toHaveProperty('byLanguage');
  const file = await asyncBufferFromFile(join(out, 'documents.parquet'));
  const rows = await parquetReadObjects({ file });
  expect(rows.map(({ group, language }) => [group, language])).toEqual(texts.map(() => [null, null]));
  expect(readdirSync(join(out, 'parts'))).toHaveLength(1);
});
