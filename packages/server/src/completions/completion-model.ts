import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { DEMO, type LocalModel, openLocalModel, type TokenizerSource } from '@countermark/local-model';
import type { Logger } from 'pino';
import { SettingsError } from '../config.ts';
import { Problem } from '../problem.ts';

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
   * Opens the model, or returns it.
   *
   * @throws {Problem} `internal` if it cannot be opened; the log says why.
   */
  async open(): Promise<LocalModel> {
    this.#opening ??= openLocalModel(this.#name, {
      tokenizers: this.#tokenizers,
      thread: true,
      signal: this.#stopping.signal,
    });
    try {
      return await this.#opening;
    } catch (cause) {
      this.#opening = undefined;
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#logger.error({ reason }, 'the model cannot be opened');
      throw new Problem('internal', 'the model cannot be opened', { cause });
    }
  }

  /** Opens the model anew when it is asked for again: this one has failed. */
  forget(local: LocalModel): void {
    void this.#opening?.then((current) => {
      if (current === local) this.#opening = undefined;
    });
  }

  /** Closes the model, if it is open. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.close();
  }
}

// As labels of keys are, so that a key can be made for a model by its name.
function idOf(name: string): string {
  const plain = basename(name)
    .replace(/\.gguf$/, '')
    .toLowerCase();
  return plain.replaceAll(/[^a-z0-9._-]/g, '-').slice(0, 64);
}
