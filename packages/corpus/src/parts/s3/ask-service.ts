import { repeat } from '@countermark/host';
import type { CorpusError } from '../../errors.ts';
import { serviceFailure } from './handed-out.ts';

/** How long a service may take, in milliseconds. */
const TIMEOUT_MS = 30_000;

/**
 * Asks a service of AWS for something, again where it fails for a moment.
 *
 * @param subject who is asked, for messages.
 * @param request makes the request, anew each time, as signatures get old. It follows no redirect.
 * @param refusal says what a status other than 200 means, and the text of that answer.
 * @returns the text of its answer.
 * @throws {CorpusError} `unreadable` if it does not give it; nothing of an answer is repeated but what `refusal` does.
 */
export async function askService(
  subject: string,
  request: () => Promise<Request>,
  refusal: (status: number, text: string) => CorpusError,
): Promise<string> {
  return repeat(async () => {
    const asked = await request();
    let status: number;
    let text: string;
    try {
      const response = await fetch(asked, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw serviceFailure(subject, { cause });
    }
    if (status !== 200) throw refusal(status, text);
    return text;
  });
}
