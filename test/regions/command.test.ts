import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Detection } from '@countermark/detector';
import { seededRandom, Watermarker } from '@countermark/watermark';
import { expect, it } from 'vitest';
import { runJson, runWarm } from '../cli/command.ts';
import { makeDirectory, writeKey } from '../cli/fixtures.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';

const VOCAB = 100;
const directory = makeDirectory();
const key = keyFrom(1, VOCAB);
const keyFile = writeKey(join(directory, 'vendor.key'), key);

it('detect --regions says which tokens are marked, and detect alone does not', async () => {
  const random = seededRandom(1);
  const watermarker = new Watermarker(key);
  const generation = watermarker.start({ prompt: [1, 2, 3, 4], random });
  const marked = Array.from({ length: 200 }, () => generation.next(new Float32Array(VOCAB)));
  watermarker.close();
  const plain = (): Uint32Array => randomIds(random, 700, VOCAB);
  const file = join(directory, 'ids.json');
  writeFileSync(file, JSON.stringify([...plain(), ...marked, ...plain()]));
  const given = ['--key', keyFile, '--ids', file];

  const detection = (await runJson(['detect', '--format', 'json', '--regions', ...given])) as Detection;
  expect(detection.verdict).toBe('detected');
  expect(detection.regions).toHaveLength(1);
  const { tokens } = detection.regions![0]!;
  // A hundred equal candidates: a marked tuple speaks for the mark with 4 nats or so, and every other one is scored.
  expect(Math.abs(tokens.start - 700)).toBeLessThan(25);
  expect(Math.abs(tokens.end - 900)).toBeLessThan(25);

  const { stdout } = await runWarm(['detect', '--regions', ...given]);
  expect(stdout).toContain(`\n  region   tokens ${tokens.start} to ${tokens.end}, p-value `);
  expect(await runJson(['detect', '--format', 'json', ...given])).not.toHaveProperty('regions');
  expect((await runWarm(['detect', ...given])).stdout).not.toContain('region');
});
