import { isPassingStatus, retryAfterMs } from '@countermark/host';
import type { EndpointTerms } from '../terms/audit-terms.ts';
import { EndpointError } from './endpoint-error.ts';
import type { EndpointForm, SuspectAnswer } from './endpoint-form.ts';
import type { Question } from './question.ts';

/** How an endpoint is reached. */
export interface EndpointAccess {
  /** The address that a form's path is added to; its query, if any, goes with every request. */
  readonly address: string;
  /** Sent as a bearer token to this address and to no other. */
  readonly apiKey?: string | undefined;
  /** Time that one request may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Far more than any answer with its lists. */
const MOST_BYTES = 32 * 2 ** 20;
/** Statuses that would be the same for every question. */
const FINAL: ReadonlyMap<number, string> = new Map([
  [401, 'the API key is missing, wrong or no longer valid'],
  [402, 'it asks for payment'],
  [403, 'the API key may not do this'],
  [404, 'there is no such address, or no such model'],
  [405, 'the address takes no such requests'],
  [410, 'the model is no longer there'],
]);
const MOST_TOKENS = 'max_tokens';
const NO_COST = { input: 0, output: 0 };
/** An endpoint's own word for what is wrong, and no sentence. */
const WORD = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
/** Shorter pieces of a key are ordinary words. */
const LEAST_SECRET = 6;

/**
 * Checks an endpoint's address.
 *
 * @returns the address for messages and journals: without its query, which may hold a secret.
 * @throws {RangeError} if it is none.
 */
export function shownAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new RangeError('"endpoint" expected an address with http or https, got none');
  if (url.username !== '' || url.password !== '')
    throw new RangeError(
      '"endpoint" expected an address without a user or password: the API key has a file or variable',
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Sends questions to an endpoint, each once: whoever asks decides what is repeated. */
export class EndpointClient {
  readonly #url: URL;
  readonly #shown: string;
  readonly #access: EndpointAccess;
  readonly #form: EndpointForm;
  readonly #terms: EndpointTerms;
  readonly #cut: AbortSignal | undefined;
  /** Whether the endpoint has refused the older name of a field. */
  #isNewer = false;

  /**
   * @param cut breaks off what is in flight.
   * @throws {RangeError} if the address is none.
   */
  constructor(access: EndpointAccess, form: EndpointForm, terms: EndpointTerms, cut?: AbortSignal) {
    this.#cut = cut;
    this.#shown = shownAddress(access.address);
    this.#url = new URL(access.address);
    this.#url.pathname = `${this.#url.pathname.replace(/\/+$/, '')}${form.path}`;
    this.#url.hash = '';
    this.#access = access;
    this.#form = form;
    this.#terms = terms;
  }

  /**
   * Asks one question.
   *
   * @param seed of this answer, if the endpoint is given one.
   * @throws {EndpointError} that says what it means for the others.
   */
  async ask(question: Question, seed: number | undefined): Promise<SuspectAnswer> {
    const isNewer = this.#isNewer;
    const request = named(this.#form.body(question, this.#terms, seed), isNewer);
    const { status, headers, body } = await this.#send(request);
    if (status >= 300 || status < 200) throw this.#refusal(status, headers, body, isNewer);
    const text = body.toString('utf8');
    const value = parsed(text);
    // Written out in any way, it must not get into a journal.
    const { apiKey } = this.#access;
    if (apiKey !== undefined && (text.includes(apiKey) || JSON.stringify(value ?? '').includes(apiKey)))
      throw new EndpointError('audit', `${this.#shown}: its answer holds the API key; it is not kept`);
    const answer = value === undefined ? undefined : this.#form.read(value, question, this.#terms);
    if (answer === undefined) {
      throw new EndpointError('moment', `${this.#shown}: the answer is no JSON of such a completion`);
    }
    return answer;
  }

  async #send(request: object): Promise<{ status: number; headers: Headers; body: Buffer }> {
    const { apiKey, timeoutMs } = this.#access;
    const late = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify(request),
        // The key is for this address.
        redirect: 'manual',
        signal: this.#cut === undefined ? late : AbortSignal.any([late, this.#cut]),
      });
      return { status: response.status, headers: response.headers, body: await readBody(response) };
    } catch (error) {
      if (error instanceof TooLong)
        throw new EndpointError('answer', `${this.#shown}: the answer has more than ${MOST_BYTES} bytes`);
      // The system's own words may hold the whole address. Nobody knows whether the request was carried out.
      const isLate = error instanceof DOMException && error.name === 'TimeoutError';
      const what = isLate ? `did not answer in ${timeoutMs / 1000} s` : 'does not answer, or not to the end';
      throw new EndpointError('moment', `${this.#shown}: the endpoint ${what}`);
    }
  }

  #refusal(status: number, headers: Headers, body: Buffer, isNewer: boolean): EndpointError {
    const { code, param } = this.#words(body);
    const details = [code, param === undefined ? undefined : `in "${param}"`].filter(
      (word) => word !== undefined,
    );
    const why = details.length === 0 ? '' : ` (${details.join(', ')})`;
    const message = `${this.#shown}: the endpoint answers ${status}${why}`;
    const cost = NO_COST;
    if (status < 400) return new EndpointError('audit', `${message}: redirects are not followed`, { cost });
    const final = FINAL.get(status);
    if (final !== undefined) return new EndpointError('audit', `${message}: ${final}`, { cost });
    if (code === 'insufficient_quota')
      return new EndpointError('audit', `${message}: its quota is used up`, { cost });
    if (status === 400 && param === MOST_TOKENS && !isNewer) {
      this.#isNewer = true;
      return new EndpointError('moment', message, { cost });
    }
    // What went wrong within the endpoint may have been carried out, and paid.
    const isFree = status < 500 || status === 503;
    if (isPassingStatus(status))
      return new EndpointError('moment', message, {
        afterMs: retryAfterMs(headers),
        ...(isFree ? { cost } : {}),
      });
    return new EndpointError(status >= 500 ? 'audit' : 'answer', message, { cost });
  }

  // A sentence of the endpoint's may hold the prompt, or a piece of the key; its words do not.
  #words(body: Buffer): { readonly code: string | undefined; readonly param: string | undefined } {
    const value = parsed(body.toString('utf8'));
    const error = memberOf(value, 'error') ?? value;
    const [code, type, param] = ['code', 'type', 'param'].map((name) => this.#word(memberOf(error, name)));
    return { code: code ?? type, param };
  }

  #word(value: unknown): string | undefined {
    if (typeof value !== 'string' || !WORD.test(value)) return undefined;
    const { apiKey } = this.#access;
    if (apiKey === undefined) return value;
    const isSecret = value.includes(apiKey) || (value.length >= LEAST_SECRET && apiKey.includes(value));
    return isSecret ? undefined : value;
  }
}

// Some models know the most tokens of an answer by its newer name alone.
function named(request: Readonly<Record<string, unknown>>, isNewer: boolean): object {
  if (!isNewer) return request;
  const { [MOST_TOKENS]: most, ...others } = request;
  return { ...others, max_completion_tokens: most };
}

class TooLong extends Error {}

async function readBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new TooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
