import type { Normalization } from '@countermark/detector';
import { DocumentScorer } from '@countermark/detector/corpus';
import { checkOptionNames, type OptionNames, type WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { Coverage } from '../documents/coverage.ts';
import { pathsOf } from '../documents/layout.ts';
import { type TextCoverage, textCoverage } from '../documents/text-coverage.ts';
import { unscorable } from '../documents/unscorable.ts';
import { CorpusError } from '../errors.ts';
import { type ChosenLayout, chooseLayout } from '../inputs/choose-layout.ts';
import type { FileWishes } from '../inputs/file-wishes.ts';
import { type DocumentFinder, documentFinder } from '../readers/layouts/find-document.ts';
import type { Found, FoundDocument } from '../readers/layouts/found.ts';
import type { Refusal } from '../readers/raw-record.ts';
import type { StreamRecord } from './read-json-lines.ts';

/** How documents of a stream are tested. */
export interface StreamOptions {
  /** Tokenizers of the keys, for texts. Not closed. */
  readonly tokenizers?: readonly Tokenizer[];
  readonly normalization?: Normalization;
  /** Fewer scored tokens are inconclusive (default 50). */
  readonly minTokens?: number;
}

const OPTIONS: OptionNames<StreamOptions & { readonly wishes?: FileWishes }> = {
  tokenizers: true,
  normalization: true,
  minTokens: true,
  wishes: true,
};

/** What was found in one document, before any correction over documents. */
export interface DocumentEvidence {
  readonly tokens: number;
  readonly scored: number;
  readonly keyId: string;
  /** log10 of the p-value, corrected over keys; of this document alone. */
  readonly log10PValue: number;
  /** log10 of the mean of the keys' e-values: these may be averaged over documents. */
  readonly log10EValue: number;
  /** Whether enough tokens were scored for a verdict. */
  readonly conclusive: boolean;
}

/** What was found in one record of a stream. */
export type RecordAnnotation =
  | (DocumentEvidence & {
      /** Of a record with several answers, each by itself; the rest is of all of them as one document. */
      readonly answers?: readonly (DocumentEvidence & { readonly answer: string })[];
    })
  | { readonly failure: Pick<Refusal, 'code' | 'message'> };

/** An annotated record. */
export interface AnnotatedRecord {
  /** Undefined where the line was no JSON. */
  readonly record: unknown;
  /** The line that it came from, as it stood. */
  readonly line?: string;
  readonly annotation: RecordAnnotation;
}

/**
 * Tests the documents of a stream, each by itself, in their order. Nothing is read ahead of who takes the results.
 *
 * @param documents texts, token ids, or several segments of either.
 * @param keys      whose marks.
 * @throws {DetectorError} `tokenizer-mismatch`, `tokenizer-refused` or `token-out-of-range`.
 */
export async function* scanDocuments(
  documents: AsyncIterable<string | Uint32Array | readonly string[] | readonly Uint32Array[]>,
  keys: readonly WatermarkKey[],
  options: StreamOptions = {},
): AsyncGenerator<DocumentEvidence> {
  const tester = new DocumentTester(keys, options);
  try {
    for await (const document of documents) {
      const isOne = typeof document === 'string' || document instanceof Uint32Array;
      yield tester.test((isOne ? [document] : document) as readonly string[] | readonly Uint32Array[]);
    }
  } finally {
    tester.close();
  }
}

/**
 * Tests the records of a stream, each by itself, in their order: every record comes out once, with what was found or why not.
 *
 * @param records as `readJsonLines` yields them.
 * @param wishes  where in a record its document is; found from the first record where nothing is said.
 * @returns how much of the text of all records was read, when they are at their end; undefined if there was none that is JSON.
 * @throws {CorpusError} `layout-unknown` if nobody said and the first record does not tell.
 * @throws {DetectorError} `tokenizer-mismatch`.
 */
export async function* scanRecords(
  records: AsyncIterable<StreamRecord>,
  keys: readonly WatermarkKey[],
  options: StreamOptions & { readonly wishes?: FileWishes } = {},
): AsyncGenerator<AnnotatedRecord, TextCoverage | undefined> {
  const tester = new DocumentTester(keys, options);
  let reader: RecordReader | undefined;
  try {
    for await (const read of records) {
      if (read.refusal !== undefined) {
        yield { record: undefined, annotation: failure(read.refusal) };
        continue;
      }
      const record = read.value;
      reader ??= new RecordReader(layoutOf(record, options.wishes ?? {}));
      const found = reader.find(record);
      yield {
        record,
        ...(read.line === undefined ? {} : { line: read.line }),
        annotation: found.refusal === undefined ? tester.tryTest(found.documents) : failure(found.refusal),
      };
    }
    return reader?.coverage();
  } finally {
    tester.close();
  }
}

/** Finds the documents of records, and counts how much of their text is in these. */
class RecordReader {
  readonly #find: DocumentFinder;
  readonly #counts: Coverage;
  readonly #prompts: readonly string[];

  constructor({ layout, prompts }: ChosenLayout) {
    this.#find = documentFinder(layout);
    this.#counts = new Coverage(pathsOf(layout));
    this.#prompts = prompts;
  }

  find(record: unknown): Found {
    const found = this.#find(record, this.#counts);
    if (found.refusal !== undefined) {
      this.#counts.discard();
      return found;
    }
    this.#counts.add(record);
    for (const { segments } of found.documents) this.#counts.addDocument(segments);
    return found;
  }

  coverage(): TextCoverage {
    return textCoverage(this.#counts.counts(), this.#prompts);
  }
}

class DocumentTester {
  readonly #keys: readonly WatermarkKey[];
  readonly #minTokens: number;
  readonly #scorer: DocumentScorer;

  constructor(keys: readonly WatermarkKey[], options: StreamOptions & { readonly wishes?: FileWishes }) {
    checkOptionNames(options, OPTIONS, 'scanDocuments and scanRecords');
    const { tokenizers, normalization, minTokens = 50 } = options;
    this.#keys = keys;
    this.#minTokens = minTokens;
    this.#scorer = new DocumentScorer(keys, {
      minTokens,
      // Nothing is kept of the tuples: a stream has no whole.
      sample: { size: 1, level: 32 },
      ...(tokenizers === undefined ? {} : { tokenizers }),
      ...(normalization === undefined ? {} : { normalization }),
    });
  }

  test(segments: readonly string[] | readonly Uint32Array[]): DocumentEvidence {
    const { tokens, scored, key, log10PValue, log10EValue } = this.#scorer.score(segments);
    const keyId = this.#keys[key]?.keyId ?? '';
    return { tokens, scored, keyId, log10PValue, log10EValue, conclusive: scored >= this.#minTokens };
  }

  tryTest(documents: readonly FoundDocument[]): RecordAnnotation {
    try {
      const all = documents.flatMap(({ segments }) => [...segments]) as string[] | Uint32Array[];
      const evidence = this.test(all);
      if (documents.length < 2) return evidence;
      const answers = documents.map(({ segments, answer = '' }) => ({ answer, ...this.test(segments) }));
      return { ...evidence, answers };
    } catch (error) {
      return failure(unscorable(error));
    }
  }

  close(): void {
    this.#scorer.close();
  }
}

function failure({ code, message }: Refusal): RecordAnnotation {
  return { failure: { code, message } };
}

function layoutOf(record: unknown, wishes: FileWishes): ChosenLayout {
  const { field, fields, idsField, roles } = wishes;
  const chosen = chooseLayout([record], {
    ...(field === undefined ? {} : { field }),
    ...(fields === undefined ? {} : { fields }),
    ...(idsField === undefined ? {} : { idsField }),
    ...(roles === undefined ? {} : { roles }),
  });
  if (chosen !== undefined) return chosen;
  throw new CorpusError(
    'layout-unknown',
    'the first record does not tell where its document is; name the field with --field or --ids-field',
  );
}
