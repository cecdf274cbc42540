/**
 * SGLang's keyed Gumbel-max sampling over MurmurHash3, with one key or two.
 *
 * Source: sgl-project/sglang, python/sglang/srt/sampling/watermarking/detector.py and core.py, and the hash contract in
 * docs/docs/advanced_features/text_watermarking.mdx, of pull request 37577, open when it was read.
 *
 * The context hash has 32 bits and no key, and a 64-bit key is mixed into a state of 32 bits: there are 2^32 different keys.
 */
import { plainSample } from '../../sampling/plain-sample.ts';
import { createGumbel } from '../../scheme/gumbel.ts';
import { bitLength, wholeKey } from '../key-strength.ts';
import { finishMurmur, mixMurmur } from '../murmur.ts';
import { createPairSource } from '../philox/pair-source.ts';
import { philoxEngine } from '../philox/shared.ts';
import { highWord, lowWord } from '../philox/source.ts';
import type { ForeignMark, MarkSampler, MarkSource, Profile } from '../profile.ts';
import { writeSalt } from '../salt.ts';
import { drawKeyLike } from '../secret-integer.ts';
import { parseSglangKey, type SglangConfig, sglangConfig } from './config.ts';

const TWO_32 = 2 ** 32;
// SGLang forgets nothing and marks no more contexts than this in one response.
const MARKED_CONTEXTS = 4096;
// MurmurHash3 ends with the length in bytes: four words, or five for the coin.
const TOKEN_BYTES = 16;
const COIN_BYTES = 20;

/** The mark of SGLang. First tokens without a full window are not scored; see there for how a prompt is told. */
export const SGLANG_GUMBEL: Profile<SglangConfig> = {
  kind: 'tuples',
  name: 'sglang-gumbel',
  writtenBy: 'SGLang, --enable-watermark with --watermark-config',
  scheme: 'gumbel',
  config: sglangConfig,
  secretFields: ['key', 'key_b'],
  // MurmurHash3 has collisions that no key prevents (Aumasson and Bernstein 2012): no law covers them.
  basis: 'rank',
  // Murmur folds a key into a state of 32 bits.
  strength: ({ key }) => wholeKey(Math.min(32, bitLength(parseSglangKey(key)))),
  redraw: (config, bytes) => ({
    ...config,
    key: redrawSglangKey(config.key, bytes),
    key_b: config.key_b === null ? null : redrawSglangKey(config.key_b, bytes),
  }),
  open: openSglang,
};

function openSglang(config: SglangConfig): ForeignMark {
  const source = createSglangSource(config);
  const gumbel = createGumbel();
  return {
    source,
    // A word stands for (word + ½) / 2^32 there as here, so that our own scheme scores and samples it.
    wordScore: gumbel,
    startSampler(_promptLength, random): MarkSampler {
      const marked = new Set<number>();
      const header = new Uint32Array(4);
      return {
        choose(tokenIds, candidates) {
          const { count, probs } = candidates;
          const width = config.context_window;
          // SGLang also marks shorter contexts, at the start of a conversation; nobody could score those without its prompt.
          if (
            tokenIds.length < width ||
            marked.size >= MARKED_CONTEXTS ||
            probs[0]! > config.max_probability
          ) {
            return plainSample(candidates, random());
          }
          const context = Uint32Array.from(
            { length: width },
            (_, i) => tokenIds[tokenIds.length - width + i]!,
          );
          source.contextHeader(context, header);
          // 53 bits of the salt name the context hash: a false repeat only leaves a step unmarked.
          const name = header[2]! * 2 ** 21 + (header[3]! >>> 11);
          if (marked.has(name)) return plainSample(candidates, random());
          marked.add(name);
          const words = new Uint32Array(count);
          source.candidateWords(context, candidates.tokenIds.subarray(0, count), 0, words);
          return gumbel.choose({ candidates, words, random });
        },
      };
    },
  };
}

function createSglangSource(config: SglangConfig): MarkSource {
  const width = config.context_window;
  // Room for a batch of pairs is there already.
  const buffers = philoxEngine();
  const { batch, columns, tokens } = buffers;
  const keyA = parseSglangKey(config.key);
  const keyB = config.key_b === null ? undefined : parseSglangKey(config.key_b);
  let stateA = mixKey(0, keyA);
  let stateB = keyB === undefined ? stateA : mixKey(0, keyB);
  let coinState = keyB === undefined ? 0 : mixKey(stateA, keyB);
  // Without a second key every coin falls on the first.
  const threshold = keyB === undefined ? TWO_32 : Math.floor(config.mixing_probability * TWO_32);

  function contextHash(pair: number): number {
    let state = 0;
    for (let at = pair, place = 0; place < width; place++, at += batch)
      state = mixMurmur(state, columns[at]!);
    return finishMurmur(state ^ (4 * width));
  }

  /** The state of the key that the coin of a context names, with the context in it. */
  function contextState(hash: number): number {
    const coin = finishMurmur(mixMurmur(coinState, hash) ^ COIN_BYTES) >>> 0;
    return mixMurmur(coin < threshold ? stateA : stateB, hash);
  }

  return createPairSource(width, {
    buffers,

    salts(count, out, at) {
      for (let pair = 0; pair < count; pair++, at += 4) writeSalt(contextHash(pair), 0, out, at);
    },

    contextSalt(out) {
      this.salts(1, out, 0);
    },

    words(count, out, at, shared) {
      let state = contextState(contextHash(0));
      for (let pair = 0; pair < count; pair++) {
        if (!shared) state = contextState(contextHash(pair));
        out[at + pair] = finishMurmur(mixMurmur(state, tokens[pair]!) ^ TOKEN_BYTES);
      }
    },

    wipe() {
      stateA = 0;
      stateB = 0;
      coinState = 0;
      columns.fill(0);
      tokens.fill(0);
    },
  });
}

function redrawSglangKey(key: string, bytes: (length: number) => Uint8Array): string {
  return drawKeyLike(parseSglangKey(key), bytes).toString(16);
}

function mixKey(state: number, key: bigint): number {
  return mixMurmur(mixMurmur(state, lowWord(key)), highWord(key));
}
