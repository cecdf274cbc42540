import { z } from 'zod';
import { COMPRESSIONS, ENCODINGS, type FileLayout, FORMATS } from '../documents/layout.ts';

const count = z.number().int().nonnegative();
const Layout = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), field: z.string() }),
  z.strictObject({ kind: z.literal('texts'), fields: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('chat'),
    field: z.string(),
    roleField: z.string(),
    contentField: z.string(),
    roles: z.array(z.string()),
  }),
  z.strictObject({
    kind: z.literal('answers'),
    form: z.string(),
    fields: z.array(z.string()),
    roles: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal('ids'), field: z.string() }),
]);

const fields = {
  format: z.enum(FORMATS),
  compression: z.enum(COMPRESSIONS),
  layout: Layout,
  idField: z.string().exactOptional(),
  groupField: z.string().exactOptional(),
  prompts: z.array(z.string()).exactOptional(),
  recordsField: z.string().exactOptional(),
  encoding: z.enum(ENCODINGS).exactOptional(),
  delimiter: z.string().min(1).exactOptional(),
  quote: z.string().exactOptional(),
  escape: z.string().exactOptional(),
  header: z.boolean().exactOptional(),
  textSplit: z.enum(['file', 'lines', 'blank-lines']).exactOptional(),
  idBytes: z.literal([2, 4]).exactOptional(),
  endOfText: count.exactOptional(),
  pieceTokens: z.number().int().min(1).exactOptional(),
  indexed: z.boolean().exactOptional(),
};
// Members of an archive are no archives themselves.
const MemberReading = z.strictObject({ end: z.string(), reading: z.strictObject(fields).exactOptional() });

/** How a file is read, as a manifest has it. */
export const ReadingSchema: z.ZodType<FileLayout> = z.strictObject({
  ...fields,
  members: z.array(MemberReading).exactOptional(),
});
