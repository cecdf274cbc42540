import type { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Access, Caller } from '../access/scopes.ts';

/** What a handler is given, parsed. */
export interface RouteInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  /** The parsed JSON; undefined for routes that read the request themselves. */
  readonly body: Body;
  /** Undefined for callers without an API key. */
  readonly caller: Caller | undefined;
  readonly requestId: string;
  /** Aborted where the client goes away. */
  readonly signal: AbortSignal;
  /** For streams and headers; of the body only where it was not parsed. */
  readonly request: Request;
  readonly response: Response;
}

/** What a handler answers with. */
export interface Reply {
  readonly status: number;
  /** Sent as JSON; nothing is sent where it is undefined. */
  readonly json?: unknown;
  /** JSON that is text already, or its UTF-8, sent as it is. */
  readonly jsonText?: string | Uint8Array;
  /** Sent as it is. */
  readonly text?: string;
  /** Sent as it comes. */
  readonly stream?: Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How an answer is described. */
interface ReplySpec {
  readonly description: string;
  /** Of `application/json`, unless `contentType` says otherwise: one type, or several. */
  readonly schema?: z.ZodType;
  readonly contentType?: string | readonly string[];
}

/** How long a text or a list may be, and which setting says so. */
export interface LengthLimit {
  readonly setting: string;
  readonly most: number;
  /** What is wrong with a longer one. */
  readonly fault: string;
}

/** Bodies by their type: a description of the bytes, or the schema of JSON. */
type RawBodies = Readonly<Record<string, string | z.ZodType>>;

/** A route: how it is called, by whom, and what it does. The same value validates requests and is documented. */
export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** As OpenAPI writes it: `/v1/scans/{id}`. */
  readonly path: string;
  readonly access: Access;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Schema of a JSON body; or the kinds of bodies that the handler reads itself. */
  readonly body?: z.ZodType | { readonly raw: RawBodies };
  /** Members of the JSON body whose length a setting bounds: looked at before anything else is. */
  readonly lengths?: Readonly<Record<string, LengthLimit>>;
  /** Parses the JSON body in place of its schema, of which it must accept just the same: where the schema takes too long. */
  readonly parse?: (body: unknown) => unknown;
  readonly headers?: z.ZodObject;
  readonly replies: Readonly<Record<number, ReplySpec>>;
  /** Answers; undefined where it has written the response itself. */
  readonly handle: (input: RouteInput<unknown, unknown, unknown>) => Promise<Reply | undefined>;
}

interface Schemas<P, Q, B> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B | { readonly raw: RawBodies };
}

type OutputOf<T> = T extends z.ZodType ? z.output<T> : undefined;

/** Defines a route, its handler's input typed by its schemas. */
export function defineRoute<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  route: Omit<Route, 'handle' | 'params' | 'query' | 'body'> &
    Schemas<P, Q, B> & {
      readonly handle: (
        input: RouteInput<OutputOf<P>, OutputOf<Q>, OutputOf<B>>,
      ) => Promise<Reply | undefined>;
    },
): Route {
  return route as unknown as Route;
}
