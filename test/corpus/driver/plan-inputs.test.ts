/** What command and server decide alike before a scan begins. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CorpusError, manifestDigest } from '@countermark/corpus';
import { chooseSeed, type Inputs, planInputs, readPlan, writePlan } from '@countermark/corpus/driver';
import { describe, expect, it } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';
import { keyFrom } from '../../support/random-key.ts';

const directory = makeDirectory();
const corpus = join(directory, 'corpus');
const key = keyFrom('driver', 1000);
const paths = ['a.jsonl', 'b[1].jsonl'].map((name) => join(corpus, name));
mkdirSync(corpus);
for (const path of paths) writeFileSync(path, '{"ids":[1,2,3]}\n');
writeFileSync(join(corpus, 'notes.md'), 'x');

describe('planInputs', () => {
  const reading = { idsField: 'ids' };

  it('has somebody choose among what was found, before anything is opened', async () => {
    const seen: Inputs[] = [];
    const read: string[] = [];
    const choose = (found: Inputs): Inputs => {
      seen.push(found);
      expect(read).toEqual([]);
      return { ...found, locations: found.locations.slice(0, 1) };
    };
    const onDetected = (location: string): void => void read.push(location);
    const source = { inputs: [corpus], choose };
    const manifest = await planInputs([key], source, { reading, plan: {}, onDetected });
    expect(seen).toMatchObject([{ locations: paths, unread: [], unknown: { files: 1 } }]);
    expect(read).toEqual(paths.slice(0, 1));
    expect(manifest.files.map(({ location }) => location)).toEqual(paths.slice(0, 1));
  });

  it('takes the names of files as they are, which may look like patterns', async () => {
    const manifest = await planInputs([key], { files: paths }, { reading, plan: {} });
    expect(manifest.files.map(({ location }) => location)).toEqual(paths);
    expect(manifest.settings.seed).toBeUndefined();
  });

  it('is frozen in a file, which is refused as any other plan', async () => {
    const manifest = await planInputs([key], { files: paths }, { reading, plan: { minTokens: 20 } });
    await writePlan(directory, manifest);
    expect(await readPlan(directory, manifestDigest(manifest))).toEqual(manifest);
    const other: unknown = await readPlan(directory, '0'.repeat(64)).catch((error: unknown) => error);
    expect(other).toBeInstanceOf(CorpusError);
    expect(other).toMatchObject({ code: 'parts-unfit' });
  });
});

describe('chooseSeed', () => {
  const seed = 'ab'.repeat(32);
  const earlier = 'cd'.repeat(32);

  it('takes the seed that is given, then that of an earlier plan', () => {
    expect(chooseSeed({ seed, decoys: 2 }, earlier)).toBe(seed);
    expect(chooseSeed({ decoys: 2 }, earlier)).toBe(earlier);
  });

  it('draws one only where something is random, another each time', () => {
    expect(chooseSeed({})).toBeUndefined();
    const drawn = [chooseSeed({ sample: 0.5 }), chooseSeed({ decoys: 1 })];
    for (const one of drawn) expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(drawn[0]).not.toBe(drawn[1]);
  });
});
