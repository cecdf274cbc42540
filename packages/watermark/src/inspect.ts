/**
 * Names the method by which Node's `console.log` and `util.inspect` show an object; Deno and Bun ask for the same one.
 *
 * It is in the global registry of symbols, so that it needs no module of Node.
 */
export const NODE_INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;
