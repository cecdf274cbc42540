import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ACCOUNT_KEY_CONTEXT,
  accountCode,
  COMMITMENT_CONTEXT,
  createWordSource,
  deriveAccountKey,
  deriveCommitment,
  deriveKeyId,
  deriveSchemeKey,
  KEY_ID_CONTEXT,
  referenceBlock,
  SCHEME_KEY_CONTEXT,
} from '@countermark/watermark/prf';
import { canonicalParams, paramsFingerprint, parseParams, WatermarkKey } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { littleEndian, nobleBlock, seededKey, seededWords } from './noble-block.ts';
import { accountCodes, bytesOf, derivations, headers, hexOfBytes, tokens } from './spec-vectors.ts';

const ENGINES = ['simd', 'scalar'] as const;
// The reference reads its output from the start: 2 microseconds a block.
const READABLE = 20_000;

describe('spec-prf.json', () => {
  it('has answers of every width, and of counters on both sides of 2^32', () => {
    const widths = new Set(tokens.map(({ context }) => context.length));
    expect([...widths].sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    const counters = new Set(tokens.map(({ counter }) => counter.join()));
    expect(counters).toContain('4294967295,0');
    expect(counters).toContain('0,1');
  });

  const hasPython = spawnSync('python3', ['--version']).status === 0;
  it.skipIf(!hasPython)('is what its generator writes', () => {
    const vectors = new URL('../vectors/', import.meta.url);
    const copy = mkdtempSync(join(tmpdir(), 'countermark-vectors-'));
    try {
      // The generator writes beside the folder it lies in.
      mkdirSync(join(copy, 'gen'));
      copyFileSync(new URL('gen/prf.py', vectors), join(copy, 'gen', 'prf.py'));
      const { status, stderr } = spawnSync('python3', [join(copy, 'gen', 'prf.py')], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const written = readFileSync(join(copy, 'spec-prf.json'), 'utf8');
      expect(written).toBe(readFileSync(new URL('spec-prf.json', vectors), 'utf8'));
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

describe('key derivation', () => {
  it('uses the contexts of the specification', () => {
    expect([SCHEME_KEY_CONTEXT, ACCOUNT_KEY_CONTEXT, KEY_ID_CONTEXT, COMMITMENT_CONTEXT]).toEqual([
      'countermark 2026-11 scheme key v1',
      'countermark 2026-11 account code v1',
      'countermark 2026-11 key id v1',
      'countermark 2026-11 key commitment v1',
    ]);
  });

  it.each(derivations)('agrees with answer $tcId: $comment', (test) => {
    const params = parseParams(JSON.parse(test.canonicalParams));
    expect(canonicalParams(params)).toBe(test.canonicalParams);
    expect(paramsFingerprint(params)).toBe(test.paramsHash);
    expect(test.material).toBe(test.secret + test.paramsHash);
    const inputs = [bytesOf(test.secret), bytesOf(test.paramsHash)] as const;
    expect(hexOfBytes(deriveSchemeKey(...inputs))).toBe(test.schemeKey);
    expect(hexOfBytes(deriveAccountKey(...inputs))).toBe(test.accountKey);
    expect(deriveKeyId(...inputs)).toBe(test.keyId);
    expect(deriveCommitment(...inputs)).toBe(test.commitment);
    expect(new WatermarkKey(params, inputs[0]).commitment).toBe(test.commitment);
    expect(inputs.map(hexOfBytes)).toEqual([test.secret, test.paramsHash]);
  });

  it('commits to every bit of the secret and of the parameters', () => {
    const ids = new Set<string>();
    for (let bit = -1; bit < 512; bit++) {
      const material = new Uint8Array(64);
      if (bit >= 0) material[bit >> 3] = 1 << (bit & 7);
      ids.add(deriveKeyId(material.subarray(0, 32), material.subarray(32)));
      ids.add(deriveCommitment(material.subarray(0, 32), material.subarray(32)));
    }
    expect(ids.size).toBe(2 * 513);
  });
});

describe('accountCode', () => {
  it.each(accountCodes)('agrees with answer $tcId: $comment', (test) => {
    expect(hexOfBytes(new TextEncoder().encode(test.accountId))).toBe(test.accountIdBytes);
    const key = bytesOf(test.accountKey);
    expect([...accountCode(key, test.accountId, test.symbols.length)]).toEqual(test.symbols);
    const nibbles = [...bytesOf(test.outputBytes)].flatMap((byte) => [byte & 15, byte >> 4]);
    expect(test.symbols).toEqual(nibbles.slice(0, test.symbols.length));
  });

  it('gives a shorter code as a prefix of a longer one', () => {
    const key = seededKey('account code prefix');
    const long = accountCode(key, 'account-1', 4096);
    for (const length of [1, 2, 127, 128, 129, 1024]) {
      expect(accountCode(key, 'account-1', length)).toEqual(long.subarray(0, length));
    }
  });
});

describe('referenceBlock', () => {
  it('is what noble gives when its counter is set, which the other tests rely on', () => {
    const key = seededKey('seek');
    for (let width = 1; width <= 15; width++) {
      const context = seededWords(`seek ${width}`, width);
      for (const index of [0, 1, 2, 3, 17, 300]) {
        expect(nobleBlock(key, context, index)).toEqual(referenceBlock(key, context, index));
      }
    }
  });
});

describe('blocks', () => {
  it.each([...headers, ...tokens])('have the inputs of answer $tcId: $comment', (test) => {
    expect(hexOfBytes(littleEndian(test.context))).toBe(test.contextBytes);
    expect(test.message).toEqual([...test.context, ...new Array(16 - test.context.length).fill(0)]);
    expect(test.blockLength).toBe(4 * test.context.length);
    const [low, high] = test.counter;
    const index = low + 2 ** 32 * high;
    expect(index).toBe(test.type === 'header' ? 0 : 1 + test.tokenId);
    const key = bytesOf(test.key);
    expect([...nobleBlock(key, test.context, index)]).toEqual(test.words);
    if (index <= READABLE) {
      expect([...referenceBlock(key, Uint32Array.from(test.context), index)]).toEqual(test.words);
    }
  });

  describe.each(ENGINES)('engine %s', (engine) => {
    it.each(headers)('agrees with answer $tcId: $comment', (test) => {
      const source = createWordSource(bytesOf(test.key), test.context.length, { engine });
      const fromSequence = new Uint32Array(4);
      const fromContext = new Uint32Array(4);
      source.sequenceHeaders(Uint32Array.from(test.context), fromSequence);
      source.contextHeader(Uint32Array.from(test.context), fromContext);
      source.close();
      const salt = BigInt(`0x${test.salt}`);
      const header = [test.slot, test.codePosition, Number(salt & 0xffffffffn), Number(salt >> 32n)];
      expect([...fromSequence]).toEqual(header);
      expect([...fromContext]).toEqual(header);
      expect(test.words.slice(0, 4)).toEqual(header);
    });

    it.each(tokens)('agrees with answer $tcId: $comment', (test) => {
      const source = createWordSource(bytesOf(test.key), test.context.length, { engine });
      const context = Uint32Array.from(test.context);
      const tokenId = Uint32Array.of(test.tokenId);
      const sequence = Uint32Array.from([...test.context, test.tokenId]);
      const position = Uint32Array.of(context.length);
      const all = new Uint32Array(16);
      source.sequenceSymbols(sequence, position, all);
      expect([...all]).toEqual(test.words);
      for (let symbol = 0; symbol < 16; symbol++) {
        const out = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)] as const;
        source.sequenceWords(sequence, position, Uint8Array.of(symbol), out[0]);
        source.pairWords(context, tokenId, symbol, out[1]);
        source.candidateWords(context, tokenId, symbol, out[2]);
        expect(out.map(([word]) => word)).toEqual(new Array(3).fill(test.words[symbol]));
      }
      source.close();
    });
  });
});
