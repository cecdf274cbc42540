import {
  coverageInWords,
  type ExplainedRecord,
  explainFile,
  leftOutInWords,
  shownLocation,
} from '@countermark/corpus/driver';
import { counted } from '../counted.ts';
import { oneLine } from '../output.ts';
import { fileWishes, type PlanOptions } from './plan-options.ts';

/** Code units of a text that are shown. */
const SHOWN = 160;
/** Texts of a record that are shown. */
const TEXTS = 40;

/**
 * Shows three records of a file as they will be tested: on a terminal what is left out is grey, elsewhere it is named so.
 *
 * @throws {CorpusError} if the file cannot be read, or its layout is not known.
 */
export async function describeRecords(
  file: string,
  options: Omit<PlanOptions, 'key'>,
  isTerminal: boolean = process.stdout.isTTY === true &&
    process.env['TERM'] !== 'dumb' &&
    !process.env['NO_COLOR'],
): Promise<string> {
  const { detected, records } = await explainFile(file, fileWishes({ ...options, key: [] }));
  const { description, coverage } = detected;
  const lines = [`${oneLine(shownLocation(file))}: ${oneLine(description)}`];
  if (coverage !== undefined) lines.push(`  ${oneLine(coverageInWords(coverage))}`);
  return `${[...lines, ...records.flatMap((record) => recordLines(record, isTerminal))].join('\n')}\n`;
}

function recordLines(
  { record, line, documents, failure, texts }: ExplainedRecord,
  isTerminal: boolean,
): string[] {
  const where = line === undefined ? `record ${record + 1}` : `line ${line}`;
  const filled = documents.filter(({ length }) => length > 0);
  const are = filled.map(
    ({ answer, length, unit }) =>
      `${answer === undefined ? '' : `${oneLine(answer)}: `}${length.toLocaleString('en-US')} ${unit}`,
  );
  const what =
    failure !== undefined
      ? `cannot be read: ${oneLine(failure)}`
      : filled.length === 0
        ? 'nothing is tested'
        : `${counted(filled.length, 'document')} (${are.join('; ')})`;
  const shown = texts.slice(0, TEXTS).map(({ field, text, fate, name }) => {
    const words =
      fate === 'tested' ? undefined : leftOutInWords({ why: fate, ...(name === undefined ? {} : { name }) });
    const said = `${field === '' ? 'text' : oneLine(field)}${words === undefined ? '' : ` (${oneLine(words)})`}: ${shorten(oneLine(text))}`;
    if (fate === 'tested') return isTerminal ? `  ${said}` : `  tested    ${said}`;
    return isTerminal ? `  \u001b[90m${said}\u001b[39m` : `  left out  ${said}`;
  });
  const more = texts.length - shown.length;
  return ['', `${where}: ${what}`, ...shown, ...(more > 0 ? [`  … and ${counted(more, 'more text')}`] : [])];
}

function shorten(text: string): string {
  return text.length <= SHOWN
    ? text
    : `${text.slice(0, SHOWN)} … ${text.length.toLocaleString('en-US')} characters`;
}
