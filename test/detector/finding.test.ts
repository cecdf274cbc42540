import { createHash } from 'node:crypto';
import {
  findingInput,
  findingOf,
  NULL_HYPOTHESES,
  softwareInWords,
  usedSoftware,
} from '@countermark/detector';
import { describe, expect, it } from 'vitest';

describe('the head of a result', () => {
  const software = usedSoftware('1.2.3');
  const key = { keyId: 'ab'.repeat(16), params: 'cd'.repeat(32) };

  it('says what was tested, under which keys, at which level', () => {
    const inputs = [findingInput('one', 'a.txt'), findingInput([1, 2 ** 32 - 1])];
    expect(findingOf('detection', { level: 1e-6, software, keys: [key], inputs })).toEqual({
      version: 1,
      object: 'detection',
      nullHypothesis: 'the document was produced without access to the key',
      level: 1e-6,
      software,
      keys: [key],
      inputs,
    });
  });

  it('takes of a key what is public, and nothing else', () => {
    const secretive = { ...key, profile: 'kgw-hf', secret: 'must not be there' };
    const { keys } = findingOf('corpus-scan', { level: 0.01, software, keys: [secretive], inputs: [] });
    expect(keys).toEqual([{ ...key, profile: 'kgw-hf' }]);
  });

  it('names a text by what sha256sum gives of a file in UTF-8', () => {
    const text = 'Grüße, 世界 🌍\n';
    const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
    expect(findingInput(text, 'a.txt')).toEqual({ name: 'a.txt', kind: 'text', sha256 });
  });

  it('names token ids by their 32-bit little-endian form, as a list or as an array of words', () => {
    const bytes = Buffer.from([1, 0, 0, 0, 255, 255, 255, 255]);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(findingInput([1, 2 ** 32 - 1])).toEqual({ kind: 'token-ids', sha256 });
    expect(findingInput(Uint32Array.of(1, 2 ** 32 - 1))).toEqual({ kind: 'token-ids', sha256 });
  });

  it('states a hypothesis for each kind of result', () => {
    expect(Object.keys(NULL_HYPOTHESES)).toEqual([
      'detection',
      'account-trace',
      'corpus-scan',
      'model-audit',
    ]);
  });

  it('names the host and its character tables', () => {
    const { node, icu, unicode } = process.versions;
    expect(software).toEqual({ countermark: '1.2.3', node, icu, unicode, textUnicode: '16.0' });
    expect(softwareInWords(software)).toBe(
      `countermark 1.2.3, Node ${node}, ICU ${icu}, Unicode ${unicode}; texts are normalised and cut by Unicode 16.0`,
    );
    expect(softwareInWords({ countermark: '1', textUnicode: '16.0' })).toBe(
      'countermark 1; texts are normalised and cut by Unicode 16.0',
    );
  });
});
