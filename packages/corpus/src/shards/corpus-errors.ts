import { DetectorError } from '@countermark/detector';
import type { ErrorClasses } from '@countermark/host';
import { WatermarkError } from '@countermark/watermark';
import { CorpusError } from '../errors.ts';

/** Errors that keep their class and code between a corpus's threads. */
export const CORPUS_ERRORS: ErrorClasses = { CorpusError, DetectorError, WatermarkError };
