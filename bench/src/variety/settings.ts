/** Marks whose variety is measured. */
import type { GenerationOptions, SamplingSettings, WatermarkParams } from '@countermark/watermark';

/** A key's parameters and a response's start. */
export interface Setting {
  readonly name: string;
  readonly params: Partial<WatermarkParams>;
  readonly start: Pick<GenerationOptions, 'startBits' | 'pauses' | 'promptContexts'>;
}

/** How tokens are sampled, and what that is called. */
export interface Sampling {
  readonly name: string;
  readonly settings: SamplingSettings;
}

export const SAMPLINGS: readonly Sampling[] = [
  { name: 'temperature 1', settings: { temperature: 1 } },
  { name: 'temperature 0.7', settings: { temperature: 0.7 } },
  { name: 'temperature 0.5, top-p 0.9', settings: { temperature: 0.5, topP: 0.9 } },
];

// All evidence in one test, so that schemes and shares compare.
const WHOLE = { commonShare: 0.9, accountShare: 0 };

/** Marks from the first token on, as before there were start bits. */
export const AT_ONCE: Setting = {
  name: 'from the first token',
  params: WHOLE,
  start: { promptContexts: true, startBits: 0 },
};

/** The defaults. */
export const DEFAULT: Setting = { name: 'the default', params: WHOLE, start: {} };

const startAt = (bits: number): Setting => ({
  name: bits === 0 ? 'contexts in the answer, 0 bits' : `${bits} bits`,
  params: WHOLE,
  start: { startBits: bits },
});

const free = (share: number): Setting => ({
  name: `free share ${share}`,
  params: { commonShare: 1 - share, accountShare: 0 },
  start: {},
});

const paused = (after: number, bits: number): Setting => ({
  name: `pauses of ${bits} bits after ${after} tokens`,
  params: WHOLE,
  start: { pauses: { after, bits } },
});

const wide = (contextWidth: number): Setting => ({
  name: `context width ${contextWidth}`,
  params: { ...WHOLE, contextWidth },
  start: {},
});

/** What the curve of evidence against likeness is made of; one thing at a time is changed. */
export const CURVE: readonly Setting[] = [
  AT_ONCE,
  ...[0, 8].map(startAt),
  { ...DEFAULT, name: '16 bits: the default' },
  startAt(24),
  paused(40, 4),
  paused(20, 4),
  paused(10, 2),
  ...[0.2, 0.3].map(free),
  ...[2, 3, 6, 8].map(wide),
  {
    name: 'tournament, depth 30',
    params: { ...WHOLE, scheme: { kind: 'tournament', depth: 30 } },
    start: {},
  },
  {
    name: 'green-list, γ 0.25, δ 2',
    params: { ...WHOLE, scheme: { kind: 'green-list', gamma: 0.25, delta: 2 } },
    start: {},
  },
];
