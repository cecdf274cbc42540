/**
 * Marks and detects, and writes every number down to its last bit: the same program for every runtime. It uses the packages'
 * public exports and nothing of any host but what all have.
 */
import { AccountTracer, Detector, tokensDigest, tupleEvidence } from '@countermark/detector';
import { htmlReport } from '@countermark/detector/report';
import {
  createLogitsProcessor,
  createParams,
  formatKeyFile,
  parseKeyFile,
  type SchemeParams,
  seededRandom,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { ForeignKey, ForeignWatermarker, profileNamed } from '@countermark/watermark/interop';
import { openTokenizer, parseTokenizerJson, type Tokenizer } from '@countermark/watermark/tokenizer';

/** What the program found, by name: texts, token ids, and numbers as the hex digits of their 64 bits. */
export type Findings = Readonly<Record<string, string>>;

const SCHEMES: readonly SchemeParams[] = [
  { kind: 'gumbel' },
  { kind: 'tournament', depth: 30 },
  { kind: 'green-list', gamma: 0.25, delta: 2 },
];
const ACCOUNT = 'customer-17';
const PROMPT = [5, 6, 7];
const STEPS = 150;
const TEXT = 'The  quick—brown FOX’s 1234567 naïve café\n\n\tкириллица 漢字 🦊 if (x != null) { y += 0.5; }';

/**
 * Runs the program.
 *
 * @param tokenizerJson the bytes of a tokenizer.json that needs no library.
 */
export async function markAndDetect(tokenizerJson: Uint8Array): Promise<Findings> {
  const found: Record<string, string> = {};
  const tokenizer = parseTokenizerJson('demo', tokenizerJson);
  const encoding = await openTokenizer('gpt2');
  for (const opened of [tokenizer, encoding]) {
    const { name, vocabSize, fingerprint } = opened;
    found[`tokenizer ${name}`] = spelled([vocabSize, fingerprint, opened.encode(TEXT)]);
  }
  for (const scheme of SCHEMES) {
    for (const [name, value] of Object.entries(exercise(tokenizer, scheme))) {
      found[`${scheme.kind}: ${name}`] = spelled(value);
    }
  }
  for (const [name, value] of Object.entries(exerciseForeign(tokenizer)))
    found[`foreign: ${name}`] = spelled(value);
  return found;
}

function exercise(tokenizer: Tokenizer, scheme: SchemeParams): Readonly<Record<string, unknown>> {
  const { name, vocabSize, fingerprint } = tokenizer;
  const secret = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1);
  const params = createParams({ tokenizer: { name, vocabSize, fingerprint }, scheme });
  // Through a key file and back, as keys travel.
  const key = parseKeyFile(formatKeyFile(new WatermarkKey(params, secret)));
  const watermarker = new Watermarker(key);
  const random = seededRandom(`runtimes ${scheme.kind}`);
  const generation = watermarker.start({
    prompt: PROMPT,
    accountId: ACCOUNT,
    random,
    sampling: { temperature: 0.9, topP: 0.95 },
  });
  const process = createLogitsProcessor(generation, PROMPT.length);
  const ids = [...PROMPT];
  for (let step = 0; step < STEPS; step++) {
    const logits = Float32Array.from({ length: vocabSize }, () => 6 * random() - 3);
    process(ids, logits);
    ids.push(logits.indexOf(0));
  }
  watermarker.close();

  const answer = Uint32Array.from(ids.slice(PROMPT.length));
  const text = tokenizer.decode(answer);
  const detector = new Detector([key], {
    tokenizers: [tokenizer],
    minTokens: 10,
    decoys: { count: 3 },
    regions: true,
  });
  const traced = detector.report(text);
  const ofIds = detector.report(answer);
  detector.close();
  const tracer = new AccountTracer(key, { tokenizer });
  tracer.add(answer);
  const accounts = tracer.trace(['customer-16', ACCOUNT, 'customer-18'], { top: 3 });
  tracer.close();
  return {
    keyId: key.keyId,
    shown: [String(key), JSON.stringify(key)],
    marked: answer,
    counts: generation.counts,
    text,
    'detection of the text': traced.detection,
    'its tokens': traced.tokenIds,
    'its words': traced.words,
    'its statuses': traced.statuses,
    'detection of the ids': ofIds.detection,
    evidence: tupleEvidence(ofIds, key),
    digest: tokensDigest(answer),
    accounts,
    page: htmlReport([{ name: 'answer', traced, detection: traced.detection }]),
  };
}

// Its key's id is derived by scrypt, its numbers by a hash of 64 bits.
function exerciseForeign({ name, vocabSize, fingerprint }: Tokenizer): Readonly<Record<string, unknown>> {
  const key = new ForeignKey({
    profile: profileNamed('vllm-gumbel'),
    config: { algorithm: 'gumbel', key: 123456789 },
    tokenizer: { name, vocabSize, fingerprint },
  });
  const random = seededRandom('runtimes, foreign');
  const watermarker = new ForeignWatermarker(key);
  const generation = watermarker.start({ random });
  const ids = Uint32Array.from({ length: STEPS }, () =>
    generation.next(Float32Array.from({ length: vocabSize }, () => 6 * random() - 3)),
  );
  watermarker.close();
  const detector = new Detector([key], { minTokens: 10 });
  const detection = detector.detect(ids);
  detector.close();
  return { keyId: key.keyId, shown: [String(key), JSON.stringify(key)], marked: ids, detection };
}

// JSON rounds no number, but has no -Infinity, and hides -0.
function spelled(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'number' && !Number.isSafeInteger(member)) return bitsOf(member);
    return ArrayBuffer.isView(member) ? Array.from(member as Uint32Array) : member;
  });
}

function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return `${value} = ${view.getBigUint64(0).toString(16).padStart(16, '0')}`;
}
