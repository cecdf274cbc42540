import { DetectorError, type DetectorErrorCode } from '@countermark/detector';
import { WatermarkError, type WatermarkErrorCode } from '@countermark/watermark';
import { CorpusError, type CorpusErrorCode } from '../errors.ts';

/** An error as it crosses from a thread. */
export interface WorkerError {
  readonly kind: 'corpus' | 'detector' | 'watermark' | 'system' | 'other';
  readonly code: string;
  readonly message: string;
  readonly syscall?: string;
  readonly path?: string;
  /** Of the corpus's: see `CorpusError.passing`. */
  readonly passing?: { readonly afterMs?: number };
}

/** Takes apart an error. */
export function toWorkerError(error: unknown): WorkerError {
  if (error instanceof CorpusError) {
    const { code, message, passing } = error;
    return { kind: 'corpus', code, message, ...(passing === undefined ? {} : { passing }) };
  }
  if (error instanceof DetectorError) return { kind: 'detector', code: error.code, message: error.message };
  if (error instanceof WatermarkError) return { kind: 'watermark', code: error.code, message: error.message };
  if (!(error instanceof Error)) return { kind: 'other', code: '', message: String(error) };
  const code = 'code' in error ? String(error.code) : '';
  if (!('syscall' in error)) return { kind: 'other', code, message: error.stack ?? error.message };
  const path = 'path' in error ? { path: String(error.path) } : {};
  return { kind: 'system', code, message: error.message, syscall: String(error.syscall), ...path };
}

/** Puts an error together again. */
export function reviveError({ kind, code, message, passing, ...rest }: WorkerError): Error {
  if (kind === 'corpus') return new CorpusError(code as CorpusErrorCode, message, { passing });
  if (kind === 'detector') return new DetectorError(code as DetectorErrorCode, message);
  if (kind === 'watermark') return new WatermarkError(code as WatermarkErrorCode, message);
  return Object.assign(new Error(message), code === '' ? rest : { code, ...rest });
}
