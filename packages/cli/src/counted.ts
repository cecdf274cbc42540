/** Writes a count with what is counted: `1 file`, `2,000 files`. */
export function counted(count: number, singular: string, plural: string = `${singular}s`): string {
  return `${withCommas(count)} ${count === 1 ? singular : plural}`;
}

/** Writes a number rounded to an integer, with commas between thousands. */
export function withCommas(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
