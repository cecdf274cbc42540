import {
  type AccountTrace,
  AccountTracer,
  type Detection,
  Detector,
  type DetectorOptions,
  type Finding,
  type FindingParts,
  findingInput,
  findingOf,
  type ReportedDetection,
  usedSoftware,
} from '@countermark/detector';
import { evidenceCurve } from '@countermark/detector/report';
import type { WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { accountIds } from '../accounts/account-ids.ts';
import { VERSION } from '../version.ts';
import { answerJson } from './answer-json.ts';
import { describeTokens } from './describe-tokens.ts';
import type { KeyRing } from './key-ring.ts';
import type { AccountsAsked, DetectAnswer, DetectTask } from './task.ts';

/** What a detection is made with. */
export interface DetectTools {
  readonly ring: KeyRing;
  readonly keys: readonly WatermarkKey[];
  /** Of the keys; none for token ids. */
  readonly tokenizers: readonly Tokenizer[];
}

// Points of a curve after the first: more than a drawing can show.
const CURVE_POINTS = 200;

/** Tests a document for the marks of keys. */
export function detect(task: DetectTask, { ring, keys, tokenizers }: DetectTools): DetectAnswer {
  const { document, normalization, id } = task;
  const { detection, traced } = test(task, { ring, keys, tokenizers });
  const head = { software: usedSoftware(VERSION), inputs: [findingInput(document)] };
  const { object, ...found } = detection;
  const kept = {
    object,
    finding: findingOf('detection', { ...head, level: detection.alpha, keys: detection.keys }),
    ...found,
    untested: task.untested,
    ...(id === undefined ? {} : { id }),
    ...(task.curve && traced !== undefined ? { curve: evidenceCurve(traced, CURVE_POINTS) } : {}),
  };
  const json = answerJson({
    ...kept,
    ...(task.tokens && traced !== undefined
      ? { tokens: describeTokens(traced, document, normalization) }
      : {}),
    ...(task.accounts === undefined
      ? {}
      : { accounts: withHead(trace(task, task.accounts, keys, tokenizers), head) }),
  });
  const { verdict } = detection;
  return id === undefined ? { json, verdict } : { json, verdict, kept: JSON.stringify(kept) };
}

function test(
  { document, normalization, regions, alpha, minTokens, tokens, curve, accountSlots }: DetectTask,
  { ring, keys, tokenizers }: DetectTools,
): { readonly detection: Detection; readonly traced: ReportedDetection | undefined } {
  const options: DetectorOptions = {
    tokenizers,
    normalization,
    regions,
    ...(alpha === undefined ? {} : { alpha }),
    ...(minTokens === undefined ? {} : { minTokens }),
  };
  const run = (detector: Detector): ReturnType<typeof test> => {
    const traced = tokens || curve ? detector.report(document) : undefined;
    return { traced, detection: traced?.detection ?? detector.detect(document) };
  };
  if (accountSlots === undefined) return run(ring.detector(keys, options));
  // Not kept: the list of accounts may be another one each time.
  const { ids, issued } = accountSlots;
  const detector = new Detector(keys, { ...options, accounts: { ids: accountIds(ids), issued } });
  try {
    return run(detector);
  } finally {
    detector.close();
  }
}

/** What the head of each result on one document has. */
type Head = Pick<FindingParts, 'software' | 'inputs'>;

function withHead(
  { object, ...found }: AccountTrace,
  head: Head,
): AccountTrace & { readonly finding: Finding } {
  const finding = findingOf('account-trace', { ...head, level: found.alpha, keys: [found] });
  return { object, finding, ...found };
}

function trace(
  { document, normalization }: DetectTask,
  { ids, issued, alpha }: AccountsAsked,
  [key, ...others]: readonly WatermarkKey[],
  [tokenizer]: readonly Tokenizer[],
): AccountTrace {
  if (key === undefined || others.length > 0) throw new RangeError('accounts expected one key');
  const tracer = new AccountTracer(key, {
    normalization,
    ...(tokenizer === undefined ? {} : { tokenizer }),
    alpha,
  });
  try {
    tracer.add(document);
    const { documents } = tracer.trace(accountIds(ids), { issued });
    const [found] = documents;
    if (found === undefined) throw new Error('a document that was added was not traced');
    return found;
  } finally {
    tracer.close();
  }
}
