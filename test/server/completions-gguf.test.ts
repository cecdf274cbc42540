import { demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { createLogger, readSettings, SettingsError, startServer } from '@countermark/server';
import { createParams, seededRandom, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { secretFrom } from '../support/random-key.ts';
import { startSamplingServer } from './sampling-server.ts';

const server = await startSamplingServer({ COUNTERMARK_MODEL: demoModelFiles().gguf });

describe('COUNTERMARK_MODEL', () => {
  it('keeps a server from starting where it names no file', async () => {
    const settings = readSettings({
      COUNTERMARK_MODEL: 'no-such-file.gguf',
      COUNTERMARK_LOG_LEVEL: 'silent',
    });
    await expect(startServer(settings, createLogger(settings))).rejects.toThrow(SettingsError);
  });

  it('lets a GGUF file answer marked, with the key of the tokenizer that reads text as the model does', async () => {
    const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
    const { vocabSize, fingerprint } = tokenizer;
    const params = createParams({
      tokenizer: { name: 'demo', vocabSize, fingerprint },
      commonShare: 1,
      accountShare: 0,
    });
    const key = new WatermarkKey(params, secretFrom(seededRandom('gguf')));
    await server.store.keys.add(key, 'any', false);
    const body = { model: 'countermark-demo', prompt: 'The state of the nation is', max_tokens: 80 };
    const ask = async () => {
      const { status, json } = await server.post('/v1/completions', body);
      expect(status).toBe(200);
      return json as { choices: [{ text: string }]; usage: { completion_tokens: number } };
    };
    let answer = await ask();
    // The model may end an answer early: a few are tried for a long one.
    for (let i = 0; i < 10 && answer.usage.completion_tokens < 60; i++) answer = await ask();
    const detector = new Detector([key], { tokenizers: [tokenizer] });
    expect(detector.detect(answer.choices[0].text).log10PValue).toBeLessThan(-6);
    detector.close();
    tokenizer.close();
  });
});
