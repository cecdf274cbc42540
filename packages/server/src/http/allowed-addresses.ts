import { SettingsError } from '../config.ts';

/** Addresses that an operator has named by what they begin with. */
export class AllowedAddresses {
  readonly #prefixes: readonly string[];
  readonly #protocols: readonly string[];

  /**
   * @param prefixes  as a setting lists them: `https://host/path`.
   * @param protocols of addresses that may be named: `https:`.
   * @param fault     what is wrong with a prefix that is none.
   * @throws {SettingsError} with that fault.
   */
  constructor(prefixes: readonly string[], protocols: readonly string[], fault: string) {
    this.#protocols = protocols;
    this.#prefixes = prefixes.map((prefix) => {
      if (!URL.canParse(prefix)) throw new SettingsError(fault);
      const url = new URL(prefix);
      if (!protocols.includes(url.protocol) || !isPlain(url)) throw new SettingsError(fault);
      // With its slash: `https://host/a` is no prefix of `https://host/ab`.
      return withSlash(url.href);
    });
  }

  /** Whether none was named. */
  get isEmpty(): boolean {
    return this.#prefixes.length === 0;
  }

  /** Whether an address is below one that was named, or is one: without credentials, query and fragment, and nothing in it that servers may unescape. */
  allows(address: string): boolean {
    if (!URL.canParse(address)) return false;
    const url = new URL(address);
    return (
      this.#protocols.includes(url.protocol) &&
      isPlain(url) &&
      this.#prefixes.some((prefix) => withSlash(url.href).startsWith(prefix))
    );
  }
}

function isPlain({ username, password, search, hash, pathname }: URL): boolean {
  // A query may hold a credential. What is escaped, servers may unescape.
  return [username, password, search, hash].every((part) => part === '') && !/%2f|%5c|%2e/i.test(pathname);
}

function withSlash(address: string): string {
  return address.endsWith('/') ? address : `${address}/`;
}
