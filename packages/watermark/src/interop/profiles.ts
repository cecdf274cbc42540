/** Every port, by name. */
import { WatermarkError } from '../errors.ts';
import { KGW } from './kgw.ts';
import { KGW_HF } from './kgw-hf.ts';
import type { AnyProfile } from './profile.ts';
import { SGLANG_GUMBEL } from './sglang-gumbel.ts';
import { VLLM_DUAL_KEY } from './vllm-dual-key.ts';
import { VLLM_GUMBEL } from './vllm-gumbel.ts';
import { VLLM_SBW } from './vllm-sbw.ts';
import { VLLM_SYNTHID, VLLM_SYNTHID_STREAM } from './vllm-synthid.ts';

/** The ports, in the order of docs/interop.md. */
export const PROFILES: readonly AnyProfile[] = [
  VLLM_GUMBEL,
  VLLM_DUAL_KEY,
  VLLM_SBW,
  VLLM_SYNTHID,
  VLLM_SYNTHID_STREAM,
  SGLANG_GUMBEL,
  KGW_HF,
  KGW,
];

/**
 * Returns the port of a name.
 *
 * @throws {WatermarkError} `params-invalid` if there is none.
 */
export function profileNamed(name: string): AnyProfile {
  const profile = PROFILES.find((candidate) => candidate.name === name);
  if (profile !== undefined) return profile;
  const names = PROFILES.map((candidate) => candidate.name).join(', ');
  throw new WatermarkError('params-invalid', `profile: must be one of ${names}`);
}
