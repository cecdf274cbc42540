const LARGEST_BYTES = 16 * 2 ** 20;
const CORPORA = /\.(jsonl|ndjson|csv|tsv|parquet|arrow|bin|gz|zst)$/i;

/** Thrown where a file is none that holds one text. */
class TextFileError extends Error {
  override readonly name = 'TextFileError';
}

/**
 * Reads the one text of a file: of `.txt` and `.md` all of it, of `.json` a string or the member `text`.
 *
 * @throws {TextFileError} saying what to do instead.
 */
export async function readTextFile(file: File): Promise<string> {
  if (CORPORA.test(file.name)) {
    throw new TextFileError('This file looks like a corpus: sign in, and submit it as a scan below');
  }
  if (!/\.(txt|text|md|markdown|json)$/i.test(file.name)) {
    throw new TextFileError(
      'Only .txt, .md and .json files are read here: open the file where it was made, copy its text and paste it',
    );
  }
  if (file.size > LARGEST_BYTES) {
    throw new TextFileError('The file is larger than 16 MiB: sign in, and submit it as a scan below');
  }
  const text = await decoded(file);
  return /\.json$/i.test(file.name) ? textOfJson(text) : text;
}

async function decoded(file: File): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
  } catch (cause) {
    throw new TextFileError('The file is not UTF-8: save it in that encoding, or paste its text', { cause });
  }
}

function textOfJson(json: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new TextFileError('The file is not JSON', { cause });
  }
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string') {
    return value.text;
  }
  throw new TextFileError('The file holds no single text: a string, or an object whose member "text" is one');
}
