/** Names of KGW's seeding schemes. */

const KGW_FUNCTIONS = [
  'multiplicative_prf',
  'additive_prf',
  'minfunc_prf',
  'simple_skip_prf',
  'skipgram_prf',
  'anchored_skipgram_prf',
  'minhash_prf',
  'anchored_minhash_prf',
  'minskipgram_prf',
  'noncomm_prf',
  'position_prf',
] as const;
/** A function of a window of tokens, as the other side names it. */
export type KgwFunction = (typeof KGW_FUNCTIONS)[number];

/** What a seeding scheme's name says. */
export interface KgwScheme {
  readonly prf: KgwFunction;
  /** Tokens in the window, the scored one included where `selfSalt` is set. */
  readonly width: number;
  readonly selfSalt: boolean;
  /** The key that the name ends in, digits. */
  readonly key?: string;
  /** The one name of all that mean the same, without the key. */
  readonly name: string;
}

// Of two names of one scheme the first is its own.
const NAMED: Readonly<Record<string, Omit<KgwScheme, 'name'>>> = {
  simple_1: { prf: 'additive_prf', width: 1, selfSalt: false },
  lefthash: { prf: 'additive_prf', width: 1, selfSalt: false },
  selfhash: { prf: 'anchored_minhash_prf', width: 4, selfSalt: true },
  'algorithm-3': { prf: 'anchored_minhash_prf', width: 4, selfSalt: true },
  minhash: { prf: 'minhash_prf', width: 4, selfSalt: false },
  skipgram: { prf: 'skipgram_prf', width: 5, selfSalt: false },
};
const FREEFORM = /^ff-([a-z_]+)-(\d{1,9})-(True|False)(?:-(\d{1,19}))?$/;

/**
 * Reads a name as `seeding_scheme_lookup` of lm-watermarking does.
 *
 * @returns the scheme, or what is wrong with the name; that never repeats it, since it may hold a key.
 */
export function parseKgwScheme(name: string): KgwScheme | string {
  const named = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (named !== undefined) return { ...named, name: nameOf(named) };
  const match = FREEFORM.exec(name);
  const prf = KGW_FUNCTIONS.find((candidate) => candidate === match?.[1]);
  if (match === null || prf === undefined) {
    return `must be one of ${Object.keys(NAMED).join(', ')} or ff-PRF-WIDTH-SELF_SALT or ff-PRF-WIDTH-SELF_SALT-KEY, with PRF one of ${KGW_FUNCTIONS.join(', ')} and SELF_SALT True or False`;
  }
  const [, , digits, salt, key] = match;
  const width = Number(digits);
  const selfSalt = salt === 'True';
  // A window takes at most 15 tokens before the scored one.
  const least = prf === 'minskipgram_prf' ? 2 : 1;
  const most = selfSalt ? 16 : 15;
  if (width < least || width > most)
    return `must have a WIDTH from ${least} to ${most} with this PRF and SELF_SALT`;
  const scheme = { prf, width, selfSalt };
  return { ...scheme, name: nameOf(scheme), ...(key === undefined ? {} : { key }) };
}

function nameOf({ prf, width, selfSalt }: Omit<KgwScheme, 'name'>): string {
  const named = Object.entries(NAMED).find(
    ([, other]) => other.prf === prf && other.width === width && other.selfSalt === selfSalt,
  );
  return named?.[0] ?? `ff-${prf}-${width}-${selfSalt ? 'True' : 'False'}`;
}
