/** Decoys of a document, from the words of docs/spec.md section 9. */
import { scryptSync } from 'node:crypto';
import { Detector } from '@countermark/detector';
import { WatermarkKey } from '@countermark/watermark';
import { ForeignKey, profileNamed } from '@countermark/watermark/interop';
import { deriveDecoySeed, openDecoyBytes } from '@countermark/watermark/scheme';
import { blake3 } from '@noble/hashes/blake3.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { keyFrom } from '../support/random-key.ts';

const VOCABULARY = 500;
const TOKEN_IDS = Uint32Array.from({ length: 120 }, (_, i) => (i * i * 7 + 3 * i) % VOCABULARY);

function littleEndian(tokenIds: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(4 * tokenIds.length);
  const view = new DataView(bytes.buffer);
  for (const [i, id] of tokenIds.entries()) view.setUint32(4 * i, id, true);
  return bytes;
}

describe('the decoys of a document', () => {
  const key = keyFrom('decoys of a document', VOCABULARY);
  const material = concatBytes(key.exportSecret(), hexToBytes(key.fingerprint));
  const decoyKey = blake3(material, { context: utf8ToBytes('countermark 2026-11 decoy key v1') });
  const seed = bytesToHex(blake3(littleEndian(TOKEN_IDS), { key: decoyKey }));

  it('come from the secret and the token ids', () => {
    expect(key.decoySeed(TOKEN_IDS)).toBe(seed);
    expect(deriveDecoySeed(decoyKey, TOKEN_IDS)).toBe(seed);
  });

  it('are the stream cut into secrets, and the rank is that among them', () => {
    const count = 25;
    const stream = blake3(new Uint8Array(0), { key: hexToBytes(seed), dkLen: 32 * count });
    const bytes = openDecoyBytes(seed);
    const secrets = Array.from({ length: count }, () => bytes(32));
    expect(concatBytes(...secrets)).toEqual(stream);
    const pValueOf = (each: WatermarkKey): number => {
      const detector = new Detector([each]);
      const { log10RawPValue } = detector.detect(TOKEN_IDS);
      detector.close();
      return log10RawPValue;
    };
    const own = pValueOf(key);
    const stronger = secrets.filter((secret) => pValueOf(new WatermarkKey(key.params, secret)) <= own);
    const detector = new Detector([key], { decoys: { count } });
    expect(detector.detect(TOKEN_IDS).decoys).toMatchObject({
      seed,
      count,
      atLeastAsStrong: stronger.length,
    });
    detector.close();
  });

  it('of a foreign key are as slow to find by guessing as its key id', () => {
    const foreign = new ForeignKey({
      profile: profileNamed('textseal-gumbel'),
      config: { watermark_type: 'gumbelmax', secret_key: 859_429, ngram: 2 },
      vocabSize: VOCABULARY,
    });
    // Canonical JSON of the public settings, a line feed, that of the secret: what the key id is derived from too.
    const canonical = (value: unknown): string =>
      JSON.stringify(value, (_, member: unknown) =>
        typeof member === 'object' && member !== null && !Array.isArray(member)
          ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
          : member,
      );
    const settings = canonical(foreign.params);
    expect(bytesToHex(sha256(utf8ToBytes(settings)))).toBe(foreign.fingerprint);
    const slow = scryptSync(
      `${settings}\n${canonical({ secret_key: 859_429 })}`,
      'countermark 2026-11 interop decoy key v1',
      32,
      { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 },
    );
    expect(foreign.decoySeed(TOKEN_IDS)).toBe(
      bytesToHex(blake3(littleEndian(TOKEN_IDS), { key: Uint8Array.from(slow) })),
    );
  });
});
