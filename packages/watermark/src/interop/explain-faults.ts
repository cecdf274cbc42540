import type { z } from 'zod';
import { faultInWords } from '../fault-in-words.ts';

/** Says what is wrong with a configuration, field by field. It repeats no value: some are secret. */
export function explainFaults(error: z.ZodError): string {
  return error.issues
    .map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')}: no field of this configuration`
        : `${issue.path.length === 0 ? 'configuration' : issue.path.join('.')}: ${faultInWords(issue)}`,
    )
    .join('; ');
}
