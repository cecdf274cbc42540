/** Reads the console sessions of a page: commands behind `$ `, continued behind `> `, and what they print. */

/** A command of a session. */
export interface Step {
  readonly command: string;
  /** Lines that it prints; a line `…` stands for any number of lines. */
  readonly shown: readonly string[];
}

/** Reads a session; of one within a list, the indentation is left out. */
export function consoleSteps(code: string): Step[] {
  const indentation = /^ */.exec(code)?.[0].length ?? 0;
  const steps: { command: string; shown: string[] }[] = [];
  for (const raw of code.trimEnd().split('\n')) {
    const line = raw.slice(indentation);
    const last = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), shown: [] });
    else if (last === undefined) throw new Error(`no command before ${line}`);
    else if (line.startsWith('> ') && last.shown.length === 0) last.command += `\n${line.slice(2)}`;
    else last.shown.push(line);
  }
  return steps;
}

// What depends on keys and answers, which are fresh in each run, and on the machine.
const FRESH: [RegExp, string][] = [
  [/\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b/g, '<id>'],
  [/\b([pqz]) (= )?-?[\d.]+(?:e-\d+)?/g, '$1 <n>'],
  [/[\d.]+ %/g, '<n> %'],
  // The model may end an answer before its limit.
  [/[\d,]+ of [\d,]+ tokens scored/g, '<n> of <n> tokens scored'],
  [/[\d,]+ ((?:unique )?tuples|tokens|bytes|e-values|of 400|scored)\b/g, '<n> $1'],
  [/\d+ core-seconds?/g, '<n> core-seconds'],
  // Documents and accounts are listed by evidence.
  [/answers\.jsonl#\d \(corpus\/answers\.jsonl, line \d\)/g, '<answer>'],
  [/ {2}customer-\d:/g, '  <account>:'],
  // A false one is expected once in a thousand detected.
  [/\d+ detected/g, '<n> detected'],
  [/\d+ documents have at least/g, '<n> documents have at least'],
];

/** Returns a line with what is different in every run replaced. */
export function withoutFresh(line: string): string {
  return FRESH.reduce((text, [pattern, by]) => text.replace(pattern, by), line);
}

/** The pattern of what a command is shown to print: exactly that, but for what is fresh, and `…`. */
export function patternOf(shown: readonly string[]): RegExp {
  const lines = shown.map((line) =>
    line === '…' ? '(?:[^\\n]*\\n)*?' : `${escaped(withoutFresh(line))}\\n`,
  );
  return new RegExp(`^${lines.join('')}$`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
