import type { ClaimPhrases } from '../claim-phrases.ts';
import { CHINESE, JAPANESE, KOREAN } from './east-asian.ts';
import { DUTCH, ENGLISH, GERMAN } from './germanic.ts';
import { ARABIC, HINDI, INDONESIAN, TURKISH, VIETNAMESE } from './other.ts';
import { FRENCH, ITALIAN, PORTUGUESE, SPANISH } from './romance.ts';
import { POLISH, RUSSIAN, UKRAINIAN } from './slavic.ts';

/** Every language that claims are read in. Where an opening is common to two, the first that makes sense of it counts. */
export const CLAIM_PHRASES: readonly ClaimPhrases[] = [
  ...[ENGLISH, SPANISH, FRENCH, GERMAN, PORTUGUESE, ITALIAN, DUTCH, POLISH, TURKISH, VIETNAMESE, INDONESIAN],
  ...[RUSSIAN, UKRAINIAN, ARABIC, HINDI, CHINESE, JAPANESE, KOREAN],
];
