import { AuditRun, parseAuditRecord } from '@countermark/audit';
import { demoModelFiles } from '@countermark/demo-model';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { laboratoryKey } from './laboratory.ts';

const test = { software: { countermark: 'test', textUnicode: '16.0' }, inputs: [] };
const key = laboratoryKey('leads');

function runOf(texts: readonly (string | undefined)[], access: 'answers' | 'reading' = 'answers'): AuditRun {
  const run = new AuditRun(key, { access, decoys: 0, seed: '0'.repeat(64) });
  for (const [i, text] of texts.entries()) {
    run.add({
      tokenIds: Uint32Array.of(i % 100, 1, 2, 3),
      predictions: [undefined, undefined, undefined, undefined],
      ...(text === undefined ? {} : { text }),
    });
  }
  return run;
}

describe('the leads of an audit', () => {
  it('count answers that claim to be a vendor’s assistant, each once a vendor, with an interval', () => {
    const texts = [
      'I am Claude. Yes, I am Claude, made by Anthropic.',
      'I am ChatGPT, made by OpenAI.',
      'I am Claude, made by Anthropic.',
      'I am not ChatGPT.',
      ...Array.from({ length: 16 }, (_, i) => `The answer is ${i}.`),
      undefined,
    ];
    const { leads, log10EValue } = runOf(texts).result(test);
    expect(leads).toMatchObject({
      answers: 20,
      identity: {
        claiming: 3,
        denying: 1,
        vendors: [
          { assistant: 'anthropic', answers: 2, share: 0.1 },
          { assistant: 'openai', answers: 1, share: 0.05 },
        ],
      },
      diversity: { documents: 20, compression: null },
    });
    // Clopper and Pearson, 2 of 20 at 95 %: 0.0123 to 0.3170, as tables have it.
    expect(leads?.identity.vendors[0]?.low).toBeCloseTo(0.0123, 4);
    expect(leads?.identity.vendors[0]?.high).toBeCloseTo(0.317, 4);
    expect(leads?.identity.examples.map(({ answer, assistant }) => [answer, assistant]).sort()).toEqual([
      [0, 'anthropic'],
      [1, 'openai'],
      [2, 'anthropic'],
    ]);
    // They change no evidence.
    expect(runOf(texts.map(() => undefined)).result(test)).toMatchObject({ log10EValue });
  });

  it('are left out where no text is known, or others wrote it', () => {
    expect(runOf([undefined]).result(test)).not.toHaveProperty('leads');
    expect(runOf(['I am Claude.'], 'reading').result(test)).not.toHaveProperty('leads');
  });

  it('know the text of ids where the tokenizer is given', async () => {
    const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
    const text = ' there was a king';
    const answer = [...tokenizer.encode(text)];
    expect(parseAuditRecord({ answer }, tokenizer).text).toBe(text);
    expect(parseAuditRecord({ answer: text }, tokenizer).text).toBe(text);
    expect(parseAuditRecord({ answer }, undefined)).not.toHaveProperty('text');
    tokenizer.close();
  });
});
