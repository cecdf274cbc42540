import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { DEMO, type LocalModel, openLocalModel, type TokenizerSource } from '@countermark/local-model';
import type { Logger } from 'pino';
import { SettingsError } from '../config.ts';
import { Problem } from '../http/problem.ts';

const NONE = 'none';

/**
 * Checks that there is what `COUNTERMARK_MODEL` names; whether it is a model shows when it is opened.
 *
 * @throws {SettingsError} if there is no such file.
 */
export function checkModelName(name: string): void {
  if (name === NONE || name === DEMO || existsSync(name)) return;
  throw new SettingsError('COUNTERMARK_MODEL: there is no such file');
}

/** The model of a server's completions, opened when it is first asked for. */
export class CompletionModel {
  /** What clients call it; undefined where the server has none. */
  readonly id: string | undefined;
  /** How many answers it works at together. */
  readonly sequences: number;
  readonly #name: string;
  readonly #tokenizers: readonly TokenizerSource[];
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  #opening: Promise<LocalModel> | undefined;

  /**
   * @param name       `demo`, a path, or `none`.
   * @param tokenizers that may be those of a GGUF file.
   */
  constructor(name: string, tokenizers: readonly TokenizerSource[], logger: Logger) {
    this.id = name === NONE ? undefined : idOf(name);
    // A llama.cpp context holds one sequence; those of ONNX share the model's thread.
    this.sequences = name.endsWith('.gguf') ? 1 : 4;
    this.#name = name;
    this.#tokenizers = tokenizers;
    this.#logger = logger;
  }

  /**
   * Opens the model, or returns it if it is open and alive.
   *
   * @throws {Problem} `internal` if it cannot be opened; the log says why.
   */
  async open(): Promise<LocalModel> {
    this.#opening ??= openLocalModel(this.#name, {
      tokenizers: this.#tokenizers,
      thread: true,
      signal: this.#stopping.signal,
    });
    const opening = this.#opening;
    try {
      const local = await opening;
      if (!local.hasFailed()) return local;
      this.#forget(opening);
    } catch (cause) {
      this.#forget(opening);
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#logger.error({ reason }, 'the model cannot be opened');
      throw new Problem('internal', 'the model cannot be opened', { cause });
    }
    return this.open();
  }

  /** Closes the model, if it is open. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.close();
  }

  // Unless somebody has begun to open it anew meanwhile.
  #forget(opening: Promise<LocalModel>): void {
    if (this.#opening === opening) this.#opening = undefined;
  }
}

// As labels of keys are, so that a key can be made for a model by its name.
function idOf(name: string): string {
  const plain = basename(name)
    .replace(/\.gguf$/, '')
    .toLowerCase();
  return plain.replaceAll(/[^a-z0-9._-]/g, '-').slice(0, 64);
}
