/** The program of the thread that an audit runs in: tokenizing and scoring are not to keep requests waiting. */
import { AUDIT_ERRORS } from '@countermark/audit';
import { serveThread } from '@countermark/host';
import { type AuditCall, type AuditSetup, OpenAudit } from './open-audit.ts';

await serveThread(async (setup: AuditSetup) => {
  const audit = await OpenAudit.open(setup);
  return { answer: (call: AuditCall) => audit.answer(call), close: () => audit.close() };
}, AUDIT_ERRORS);
