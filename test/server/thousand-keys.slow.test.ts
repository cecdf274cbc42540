/** A thousand keys in one request, at the default settings. */
import { seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { startTestServer } from './test-server.ts';

const KEYS = 1000;

describe('a thousand keys', () => {
  it('are tested for in one request, by anybody too, at the cost of their correction', async () => {
    const demo = await openDemo();
    const params = demo.params({ commonShare: 1, accountShare: 0 });
    await demo.close();
    const server = await startTestServer();
    let first: WatermarkKey | undefined;
    for (let i = 0; i < KEYS; i++) {
      const key = new WatermarkKey(params);
      first ??= key;
      await server.store.keys.add(key, `key-${i}`, true);
    }
    const watermarker = new Watermarker(first!);
    const generation = watermarker.start({ startBits: 0, random: seededRandom('thousand') });
    const random = seededRandom('thousand logits');
    const logits = () => Float32Array.from({ length: params.tokenizer.vocabSize }, () => 3 * random());
    const tokenIds = Array.from({ length: 1000 }, () => generation.next(logits()));
    watermarker.close();
    const token = await server.newToken(['detect']);
    const ask = async (by?: string) => {
      const started = performance.now();
      const { status, json } = await server.call('/v1/detections', {
        method: 'POST',
        body: { tokenIds },
        ...(by === undefined ? {} : { token: by }),
      });
      expect(status).toBe(200);
      return { json: json as Record<string, unknown>, ms: Math.round(performance.now() - started) };
    };
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { json, ms } = await ask(token);
      times.push(ms);
      expect(json).toMatchObject({ verdict: 'detected', keyId: first!.keyId, tests: KEYS, untested: [] });
      expect(json['keys']).toHaveLength(KEYS);
    }
    // What docs/server.md says; no test depends on it.
    process.stdout.write(`a thousand keys, 1,000 tokens: ${times.join(', ')} ms\n`);
    expect((await ask()).json).toEqual({
      object: 'public-detection',
      verdict: 'detected',
      strength: 6,
      minTokens: 200,
    });
  });
});
