/** Options of other names are refused by name: where nobody's compiler looks, a misspelt one would be taken for one that was not given. */
import { mergeScan, planScan, scanDocuments, scanRecords, scanShard } from '@countermark/corpus';
import { planInputs, runScan } from '@countermark/corpus/driver';
import { AccountTracer, Detector } from '@countermark/detector';
import { checkOptionNames, createParams, Watermarker, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';

const key = new WatermarkKey(
  createParams({ tokenizer: { name: 'test', vocabSize: 100, fingerprint: '0'.repeat(64) } }),
);
/** Options as untyped JavaScript gives them. */
const untyped = (options: object): never => options as never;
/** What is not looked at before the options are. */
const some = undefined as never;
const nothing = async function* (): AsyncGenerator<never> {
  yield* [];
};

describe('an option that is none', () => {
  it.each([
    [
      'createParams',
      'contextWith',
      () => createParams(untyped({ tokenizer: key.params.tokenizer, contextWith: 2 })),
    ],
    ['Watermarker.start', 'acountId', () => new Watermarker(key).start(untyped({ acountId: 'somebody' }))],
    ['sampling', 'top_p', () => new Watermarker(key).start({ sampling: untyped({ top_p: 0.9 }) })],
    [
      'pauses',
      'every',
      () => new Watermarker(key).start({ pauses: untyped({ after: 10, bits: 2, every: 3 }) }),
    ],
    ['Detector', 'minTokns', () => new Detector([key], untyped({ minTokns: 10 }))],
    ['AccountTracer', 'level', () => new AccountTracer(key, untyped({ level: 0.01 }))],
    [
      'AccountTracer.trace',
      'isued',
      () => new AccountTracer(key).trace(['somebody'], untyped({ isued: 10 })),
    ],
  ])('of %s is refused by name: %s', (_, name, call) => {
    expect(call).toThrow(new RegExp(`\\b${name}\\b|contextWith`, 'i'));
    expect(call).toThrow(name);
  });

  it.each([
    ['planScan', 'byContents', () => planScan([key], [], untyped({ byContents: true }))],
    ['scanDocuments', 'mintokens', () => scanDocuments(nothing(), [key], untyped({ mintokens: 3 })).next()],
    ['mergeScan', 'document', () => mergeScan(some, some, some, 'nowhere', untyped({ document: 'none' }))],
    ['scanShard', 'refuse', () => scanShard(some, 0, some, untyped({ refuse: [] }))],
    ['planInputs', 'acceptUnreadable', () => planInputs([], some, untyped({ acceptUnreadable: true }))],
    ['runScan', 'timeLimit', () => runScan(some, some, [], untyped({ timeLimit: 1 }))],
    ['scanRecords', 'wish', () => scanRecords(nothing(), [key], untyped({ wish: {} })).next()],
  ])('of %s is refused by name: %s', async (_, name, call) => {
    await expect(call()).rejects.toThrow(name);
  });

  it('is answered with those that there are, and a TypeError', () => {
    const names = { alpha: true, beta: true } as const;
    const check = (options: object): void => checkOptionNames(untyped(options), names, 'something');
    expect(() => check({ alpha: 1, betta: 2 })).toThrow(
      new TypeError('"betta" is no option of something, which has alpha, beta'),
    );
    expect(() => check({ constructor: 1 })).toThrow('"constructor" is no option');
    expect(() => check([] as unknown as object)).not.toThrow();
    expect(() => check(null as unknown as object)).toThrow('expected an object, got null');
    expect(() => check({ alpha: undefined })).not.toThrow();
    expect(() => check({})).not.toThrow();
  });
});
