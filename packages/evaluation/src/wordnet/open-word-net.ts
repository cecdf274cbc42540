/**
 * Synonyms from WordNet's database files. Source: Fellbaum (ed.) 1998, WordNet: An Electronic Lexical Database; wndb(5WN)
 * for the format.
 */
import type { Buffer } from 'node:buffer';
import { accessSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLine, lineAt } from './sorted-lines.ts';
import type { SynonymSource } from './synonym-source.ts';
import { type PartOfSpeech, wordForms } from './word-forms.ts';

const PARTS_OF_SPEECH: readonly PartOfSpeech[] = ['noun', 'verb', 'adj', 'adv'];
// Shorter ones are function words, which WordNet takes for units and chemical elements.
const SHORTEST = 3;

/**
 * Opens WordNet as a source of synonyms: the other single words of the first, most frequent, sense of a word in each part
 * of speech. Which part of speech a word has where it stands is not known, so not every synonym fits.
 *
 * Files are read whole when a word first needs them, and kept: 34 MB if all of them are.
 *
 * @param directory holds `index.noun`, `data.noun` and the like for `verb`, `adj` and `adv`.
 * @throws {Error} the system's error, naming the file, if one is missing.
 */
export function openWordNet(directory: string): SynonymSource {
  const names = PARTS_OF_SPEECH.flatMap((part) => [`index.${part}`, `data.${part}`]);
  for (const name of names) accessSync(join(directory, name));
  const files = new Map<string, Buffer>();
  const known = new Map<string, readonly string[]>();
  const file = (name: string): Buffer => {
    const held = files.get(name) ?? readFileSync(join(directory, name));
    files.set(name, held);
    return held;
  };
  const firstSense = (word: string, part: PartOfSpeech): string[] => {
    const entry = findLine(file(`index.${part}`), word);
    const offset = entry === undefined ? undefined : firstOffset(entry);
    return offset === undefined ? [] : wordsOf(lineAt(file(`data.${part}`), offset).toString('latin1'));
  };
  return {
    synonymsOf(word) {
      const held = known.get(word);
      if (held !== undefined) return held;
      const found = new Set<string>();
      const forms = /^[a-z]+$/.test(word) && word.length >= SHORTEST ? wordForms(word) : [];
      for (const { base, partsOfSpeech, inflect } of forms) {
        for (const part of partsOfSpeech) {
          for (const synonym of firstSense(base, part)) if (synonym !== base) found.add(inflect(synonym));
        }
      }
      found.delete(word);
      const synonyms = [...found];
      known.set(word, synonyms);
      return synonyms;
    },
  };
}

// lemma pos synset_cnt p_cnt [ptr_symbol …] sense_cnt tagsense_cnt synset_offset …
function firstOffset(line: string): number | undefined {
  const fields = line.trim().split(' ');
  const offset = Number(fields[6 + Number(fields[3])]);
  return Number.isInteger(offset) ? offset : undefined;
}

// synset_offset lex_filenum ss_type w_cnt word lex_id [word lex_id …] …, w_cnt in hexadecimal; adjectives may carry "(a)".
function wordsOf(line: string): string[] {
  const fields = line.split(' ');
  const count = Number.parseInt(fields[3] ?? '', 16);
  return Array.from({ length: count }, (_, i) => (fields[4 + 2 * i] ?? '').replace(/\(.*\)$/, '')).filter(
    (word) => /^[a-z]+$/.test(word),
  );
}
