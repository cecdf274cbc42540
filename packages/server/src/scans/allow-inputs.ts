import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { AllowedAddresses } from '../http/allowed-addresses.ts';
import { Problem } from '../http/problem.ts';

const IS_ADDRESS = /^[a-z][a-z0-9+.-]*:/i;

/** What scans may read: directories and `https://` prefixes that the operator has named. */
export class ScanRoots {
  readonly #directories: readonly string[];
  readonly #addresses: AllowedAddresses;

  /**
   * @param roots as `COUNTERMARK_SCAN_ROOTS` lists them.
   * @throws {SettingsError} if one has another scheme.
   */
  constructor(roots: readonly string[]) {
    this.#addresses = new AllowedAddresses(
      roots.filter((root) => IS_ADDRESS.test(root)),
      ['https:'],
      'COUNTERMARK_SCAN_ROOTS: one is neither a directory nor an https:// prefix',
    );
    this.#directories = roots.filter((root) => !IS_ADDRESS.test(root)).map((root) => resolve(root));
  }

  /**
   * Checks what a client names, before it is looked into.
   *
   * @throws {Problem} `forbidden` if it is not below a root, whether it is there or not; `unprocessable` if it is not there.
   */
  async check(input: string, param: string): Promise<void> {
    if (this.#directories.length === 0 && this.#addresses.isEmpty) {
      throw new Problem(
        'forbidden',
        'this server scans only what is uploaded: its operator has set no COUNTERMARK_SCAN_ROOTS',
        { param },
      );
    }
    if (!(await this.allows(input))) {
      const isLexically =
        !IS_ADDRESS.test(input) && this.#directories.some((root) => isBelow(resolve(input), root));
      if (isLexically && isAbsolute(input) && (await realOf(input)) === undefined) {
        throw new Problem('unprocessable', 'there is no such file or directory', { param });
      }
      throw new Problem('forbidden', 'it is not below a directory or https:// prefix that scans may read', {
        param,
      });
    }
  }

  /** Whether a path, with all links followed, or an address may be read. */
  async allows(input: string): Promise<boolean> {
    if (IS_ADDRESS.test(input)) return this.#allowsAddress(input);
    if (!isAbsolute(input) || input.includes('\0')) return false;
    const real = await realOf(input);
    if (real === undefined) return false;
    for (const root of this.#directories) {
      const realRoot = await realOf(root);
      if (realRoot !== undefined && isBelow(real, realRoot)) return true;
    }
    return false;
  }

  /**
   * Finds where a path that was found leaves what may be read: at the link itself, so that nothing behind one is named.
   *
   * @returns undefined if it does not.
   */
  async exitOf(path: string): Promise<string | undefined> {
    if (await this.allows(path)) return undefined;
    if (IS_ADDRESS.test(path)) return path;
    let exit = path;
    for (let above = dirname(exit); above !== exit && !(await this.allows(above)); above = dirname(exit))
      exit = above;
    return exit;
  }

  #allowsAddress(input: string): boolean {
    // All of an address is shown in the result, as it was given.
    return URL.canParse(input) && input === new URL(input).href && this.#addresses.allows(input);
  }
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

async function realOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}
