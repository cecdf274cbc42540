const ITEM = 'countermark-api-key';

/** The API key of the person at this page. It lasts as long as the tab does, and is never put in an address. */
export class Session {
  readonly #changed: (() => void)[] = [];

  /** Undefined for somebody who has not signed in. */
  get apiKey(): string | undefined {
    return sessionStorage.getItem(ITEM) ?? undefined;
  }

  signIn(apiKey: string): void {
    sessionStorage.setItem(ITEM, apiKey);
    this.#tell();
  }

  signOut(): void {
    sessionStorage.removeItem(ITEM);
    this.#tell();
  }

  /** Calls back now, and whenever somebody signs in or out. */
  follow(callback: () => void): void {
    this.#changed.push(callback);
    callback();
  }

  #tell(): void {
    for (const callback of this.#changed) callback();
  }
}
