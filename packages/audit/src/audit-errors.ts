import { DetectorError } from '@countermark/detector';
import type { ErrorClasses } from '@countermark/host';
import { WatermarkError } from '@countermark/watermark';
import { AuditError } from './audit-error.ts';
import { ContextSetError } from './served/context-set-error.ts';

/** Errors of audits that keep their class on the way out of a thread. */
export const AUDIT_ERRORS: ErrorClasses = { AuditError, ContextSetError, DetectorError, WatermarkError };
