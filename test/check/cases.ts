/** Results to check without the key, honest ones and forged ones. */
import {
  type CheckName,
  type CheckReport,
  type Detection,
  Detector,
  type DetectorOptions,
  nullTailLog10,
  type ResultToCheck,
  tupleEvidence,
} from '@countermark/detector';
import { createWordBins, EvidenceTally } from '@countermark/detector/evidence';
import {
  createParams,
  type SchemeParams,
  seededRandom,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { createScheme } from '@countermark/watermark/scheme';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { SCHEMES, secretFrom } from '../support/random-key.ts';

const { name, vocabSize, fingerprint } = BYTE_TOKENIZER;
const LETTERS = Array.from(' abcdefghijklmnopqrstuvwxyz', (letter) => letter.charCodeAt(0));

/** Makes a reproducible key for texts of letters. */
export function letterKey(seed: string, scheme: SchemeParams): WatermarkKey {
  const params = createParams({ tokenizer: { name, vocabSize, fingerprint }, contextWidth: 2, scheme });
  return new WatermarkKey(params, secretFrom(seededRandom(seed)));
}

/** Writes letters and spaces marked with a key: so many that some pairs and triples of them repeat. */
export function markedLetters(key: WatermarkKey, length: number, seed: string): string {
  const random = seededRandom(seed);
  const watermarker = new Watermarker(key);
  const generation = watermarker.start({ random, sampling: { topK: LETTERS.length } });
  const ids = Array.from({ length }, () => {
    const logits = new Float32Array(vocabSize).fill(-1000);
    for (const letter of LETTERS) logits[letter] = 2 * random();
    return generation.next(logits);
  });
  watermarker.close();
  return String.fromCharCode(...ids);
}

/** What a key holder gives of a document, as it comes out of a file. */
export function resultOf(
  keys: readonly WatermarkKey[],
  document: string | readonly number[],
  options: DetectorOptions = {},
): ResultToCheck {
  const detector = new Detector(keys, { tokenizers: [BYTE_TOKENIZER], ...options });
  const traced = detector.report(document);
  detector.close();
  const key = keys.find(({ keyId }) => keyId === traced.detection.keyId);
  if (key === undefined) throw new Error('no key is the strongest');
  const given = { result: traced.detection, evidence: tupleEvidence(traced, key) };
  const { result, evidence } = JSON.parse(JSON.stringify(given)) as Pick<
    ResultToCheck,
    'result' | 'evidence'
  >;
  return { result, evidence, params: evidence.parameters, document, tokenizer: BYTE_TOKENIZER };
}

/** Changes what a result says of its key, at both places. */
export function restated(given: ResultToCheck, change: Partial<Detection>): ResultToCheck {
  const { result } = given;
  const keys = result.keys.map((key) => (key.keyId === result.keyId ? { ...key, ...change } : key));
  return { ...given, result: { ...result, ...change, keys } };
}

/** Puts other tuples into a result of one key, and computes all that follows from them as an honest program would. */
export function forged(
  given: ResultToCheck,
  positions: readonly number[],
  words: readonly number[],
): ResultToCheck {
  const { result, params, evidence } = given;
  const scheme = createScheme(params.scheme);
  const scored = words.length;
  const sum = scheme.sumScores(Uint32Array.from(words), scored);
  const log10PValue = nullTailLog10(scheme.nullLaw, scored, sum);
  const tally = new EvidenceTally(createWordBins(params.scheme));
  tally.add(Uint32Array.from(words), scored);
  const otherSlots = result.otherSlots + result.scored - scored;
  const verdict = log10PValue <= Math.log10(result.alpha) ? 'detected' : 'not-detected';
  const zScore = (sum - scored * scheme.nullMean) / (scheme.nullDeviation * Math.sqrt(scored));
  const numbers = {
    log10PValue,
    log10RawPValue: log10PValue,
    log10EValue: tally.log10EValue(),
    scored,
    otherSlots,
  };
  const statistic = { ...result.statistic, sum, mean: sum / scored, zScore };
  const changed = restated(given, { ...numbers, verdict, statistic });
  const pValue = 10 ** Math.max(log10PValue, result.log10LeastPValue);
  return { ...changed, result: { ...changed.result, pValue }, evidence: { ...evidence, positions, words } };
}

/** An honest result of every scheme, of a text and of token ids. */
export const CASES = SCHEMES.flatMap((scheme) =>
  (['text', 'ids'] as const).map((form) => {
    const key = letterKey('vendor', scheme);
    const text = markedLetters(key, 600, 'answer');
    const document = form === 'text' ? text : Array.from(text, (letter) => letter.charCodeAt(0));
    return { kind: scheme.kind, form, key, text, document, given: resultOf([key], document) };
  }),
);

/** The first of them: gumbel, a text. */
export const [GUMBEL] = CASES as [(typeof CASES)[number]];

/** Returns the names of the checks that failed. */
export function failed({ checks }: CheckReport): CheckName[] {
  return checks.filter(({ passed }) => !passed).map(({ name }) => name);
}

/** Returns a list with another value at one place. */
export function replaced<T>(list: readonly T[], at: number, value: T): T[] {
  return list.map((old, i) => (i === at ? value : old));
}
