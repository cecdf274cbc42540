import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelDirectory, demoModelFiles, type LlamaConfig, writeOnnx } from '@countermark/demo-model';
import { beforeAll, describe, expect, it } from 'vitest';
import { OnnxDecoder } from './onnx-decoder.ts';
import { deviation, vectors } from './vectors.ts';

const tolerance = vectors.absTol.float32;
const long = vectors.tests.findLast((test) => test.ids.length > 256)!;

describe('the exported ONNX model under onnxruntime', () => {
  let decoder: OnnxDecoder;
  beforeAll(async () => {
    decoder = await OnnxDecoder.load(demoModelFiles().onnxModel);
  });

  it.each(vectors.tests)('gives the logits of PyTorch in one pass: $comment', async (test) => {
    decoder.reset();
    const logits = await decoder.append(test.ids);
    for (const expected of test.positions) {
      const row = logits[expected.position]!;
      expect(deviation(expected, (id) => row[id])).toBeLessThanOrEqual(tolerance);
    }
  });

  it.each(vectors.tests)('gives them token by token through the cache: $comment', async (test) => {
    decoder.reset();
    for (const [position, id] of test.ids.entries()) {
      const [row] = await decoder.append([id]);
      const expected = test.positions.find((p) => p.position === position);
      if (expected) expect(deviation(expected, (token) => row![token])).toBeLessThanOrEqual(tolerance);
    }
  });

  it('gives the same logits for a cached part and the rest as for the whole', async () => {
    decoder.reset();
    const whole = await decoder.append(long.ids);
    decoder.reset();
    await decoder.append(long.ids.slice(0, 100));
    const rest = await decoder.append(long.ids.slice(100));
    // Both are within the tolerance of the exact logits, hence within twice that of each other.
    for (const [index, row] of rest.entries()) {
      expect(maxDifference(row, whole[100 + index]!)).toBeLessThanOrEqual(2 * tolerance);
    }
  });

  it('ignores what the attention mask leaves out', async () => {
    const [first, second] = [long.ids.slice(0, 24), long.ids.slice(0, 9)];
    const padded = await decoder.runPadded([first, second]);
    for (const [b, ids] of [first, second].entries()) {
      decoder.reset();
      const alone = await decoder.append(ids);
      for (const [position, row] of alone.entries()) {
        expect(maxDifference(row, padded[b]![position]!)).toBeLessThanOrEqual(2 * tolerance);
      }
    }
  });

  it('continues greedily as PyTorch does', async () => {
    for (const test of vectors.tests) {
      decoder.reset();
      let row = (await decoder.append(test.ids)).at(-1)!;
      for (const expected of test.continuation) {
        expect(row.indexOf(Math.max(...row))).toBe(expected);
        row = (await decoder.append([expected]))[0]!;
      }
    }
  });
});

describe('writeOnnx', () => {
  const weights = readFileSync(join(demoModelDirectory(), 'model.safetensors'));
  const config: LlamaConfig = JSON.parse(readFileSync(join(demoModelDirectory(), 'config.json'), 'utf8'));

  // Negative controls: the tolerance is tight enough to notice a wrong constant.
  it.each([
    ['rope_theta', { rope_theta: 1.01 * config.rope_theta }],
    ['rms_norm_eps', { rms_norm_eps: 1e-3 }],
  ])('leaves the tolerance when %s is wrong', async (_, change) => {
    const wrong = await OnnxDecoder.load(writeOnnx(weights, { ...config, ...change }));
    const logits = await wrong.append(long.ids);
    const deviations = long.positions.map((expected) =>
      deviation(expected, (id) => logits[expected.position]![id]),
    );
    expect(Math.max(...deviations)).toBeGreaterThan(tolerance);
  });
});

function maxDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}
