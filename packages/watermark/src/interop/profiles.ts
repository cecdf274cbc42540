/** Every port, by name. */
import { WatermarkError } from '../errors.ts';
import { EXP_EDIT } from './exp-edit/exp-edit.ts';
import { KGW_HF } from './kgw/hf.ts';
import { KGW } from './kgw/kgw.ts';
import type { AnyProfile } from './profile.ts';
import { SGLANG_GUMBEL } from './sglang/gumbel.ts';
import { SYNTHID_HF } from './synthid/hf.ts';
import { SYNTHID_TEXT } from './synthid/text.ts';
import { TEXTSEAL_GREEN_LIST, TEXTSEAL_GUMBEL, TEXTSEAL_SYNTHID } from './textseal/textseal.ts';
import { THREE_BRICKS_GREEN_LIST, THREE_BRICKS_GUMBEL } from './three-bricks/three-bricks.ts';
import { VLLM_DUAL_KEY } from './vllm/dual-key.ts';
import { VLLM_GUMBEL } from './vllm/gumbel.ts';
import { VLLM_SBW } from './vllm/sbw.ts';
import { VLLM_SYNTHID, VLLM_SYNTHID_STREAM } from './vllm/synthid.ts';

/** The ports, in the order of docs/interop.md. */
export const PROFILES: readonly AnyProfile[] = [
  VLLM_GUMBEL,
  VLLM_DUAL_KEY,
  VLLM_SBW,
  VLLM_SYNTHID,
  VLLM_SYNTHID_STREAM,
  SGLANG_GUMBEL,
  SYNTHID_HF,
  SYNTHID_TEXT,
  KGW_HF,
  KGW,
  THREE_BRICKS_GREEN_LIST,
  THREE_BRICKS_GUMBEL,
  TEXTSEAL_GREEN_LIST,
  TEXTSEAL_GUMBEL,
  TEXTSEAL_SYNTHID,
  EXP_EDIT,
];

/**
 * Returns the ports of a name: one, or those of a family, as `textseal` stands for three.
 *
 * @throws {WatermarkError} `params-invalid` if there is none.
 */
export function profilesNamed(name: string): readonly AnyProfile[] {
  const found = PROFILES.filter((profile) => profile.name === name);
  if (found.length > 0) return found;
  const family = PROFILES.filter((profile) => profile.name.startsWith(`${name}-`));
  if (family.length > 0) return family;
  throw new WatermarkError(
    'params-invalid',
    `profile: must be one of ${PROFILES.map((each) => each.name).join(', ')}`,
  );
}

/**
 * Returns the one port of a name.
 *
 * @throws {WatermarkError} `params-invalid` if there is none, or the name is that of a family.
 */
export function profileNamed(name: string): AnyProfile {
  const [profile, ...others] = profilesNamed(name);
  if (profile !== undefined && others.length === 0) return profile;
  throw new WatermarkError('params-invalid', `profile: ${name} stands for several`);
}
