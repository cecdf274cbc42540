/** The marks that the laboratory's teacher writes under. Their keys are no secrets: they are made from the names. */
import {
  createParams,
  type SchemeParams,
  SHARE_PRESETS,
  seededRandom,
  WatermarkKey,
} from '@countermark/watermark';

/** A key and how its teacher samples. */
export interface Mark {
  /** Names it in files and tables; the key is made from it. */
  readonly name: string;
  readonly scheme: SchemeParams;
  readonly contextWidth: number;
  readonly preset: keyof typeof SHARE_PRESETS;
  /** Of the teacher, above 0. */
  readonly temperature: number;
}

/** The tokenizer that a key is for. */
export interface KeyTokenizer {
  readonly vocabSize: number;
  readonly fingerprint: string;
}

const USUAL: Omit<Mark, 'name'> = {
  scheme: { kind: 'gumbel' },
  contextWidth: 2,
  preset: 'trace',
  temperature: 1,
};

/** The mark that every figure is measured for. */
export const MAIN_MARK: Mark = { ...USUAL, name: 'gumbel-h2' };

/** A second vendor's. */
export const SECOND_MARK: Mark = { ...USUAL, name: 'gumbel-h2-second' };

/** Marks that differ from the main one in one thing, or are one of the presets. */
export const OTHER_MARKS: readonly Mark[] = [
  { ...USUAL, name: 'gumbel-h1', contextWidth: 1 },
  { ...USUAL, name: 'gumbel-h3', contextWidth: 3 },
  { ...USUAL, name: 'gumbel-h4', contextWidth: 4 },
  { ...USUAL, name: 'gumbel-h4-detect', contextWidth: 4, preset: 'detect' },
  { ...USUAL, name: 'gumbel-h2-detect', preset: 'detect' },
  { ...USUAL, name: 'green-list-h2', scheme: { kind: 'green-list', gamma: 0.25, delta: 2 } },
  { ...USUAL, name: 'tournament-h2', scheme: { kind: 'tournament', depth: 30 } },
  { ...USUAL, name: 'gumbel-h2-0.7', temperature: 0.7 },
];

/** Makes the key of a mark. */
export function keyOf({ name, scheme, contextWidth, preset }: Mark, tokenizer: KeyTokenizer): WatermarkKey {
  const { vocabSize, fingerprint } = tokenizer;
  const random = seededRandom(`distillation ${name}`);
  const params = createParams({
    tokenizer: { name: 'demo', vocabSize, fingerprint },
    scheme,
    contextWidth,
    ...SHARE_PRESETS[preset],
  });
  return new WatermarkKey(
    params,
    Uint8Array.from({ length: 32 }, () => Math.floor(256 * random())),
  );
}
