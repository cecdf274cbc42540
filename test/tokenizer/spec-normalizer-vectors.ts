import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Change = z.strictObject({ kind: z.string(), count: z.int().positive() });
/** The answers of test/vectors/spec-normalizer.json. */
export const answers = z
  .strictObject({
    algorithm: z.literal('normalizeText'),
    source: z.string(),
    generator: z.literal('test/vectors/gen/normalizer.py'),
    sets: z
      .array(z.strictObject({ name: z.string(), size: z.int(), sha256: z.string().length(64) }))
      .length(9),
    tests: z
      .array(
        z.strictObject({
          tcId: z.int(),
          comment: z.string(),
          text: z.string(),
          normalization: z.enum(['invisible', 'invisible-and-homoglyphs']),
          expected: z.string(),
          changes: z.array(Change),
        }),
      )
      .min(1),
    nfc: z
      .array(z.strictObject({ tcId: z.int(), comment: z.string(), text: z.string(), expected: z.string() }))
      .min(1),
  })
  .parse(JSON.parse(readFileSync(new URL('../vectors/spec-normalizer.json', import.meta.url), 'utf8')));

const page = readFileSync(new URL('../../docs/spec.md', import.meta.url), 'utf8');
/** Section 7.4 of docs/spec.md. */
const section = page.slice(page.indexOf('### 7.4'), page.indexOf('## 8. '));

/** The row of the table of sets of docs/spec.md, section 7.4, that begins with a name. */
export const rowOf = (name: string): string =>
  new RegExp(`^\\| ${name} \\|.*$`, 'm').exec(section)?.[0] ?? '';
