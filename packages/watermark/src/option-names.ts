/** The names of all options of a type: the compiler sees to it that none is missing, and none too many. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Refuses options of other names: a misspelt one would be taken for one that was not given, where no compiler looks.
 *
 * @param options what was given.
 * @param names   what there is.
 * @param of      whose options they are, for the message.
 * @throws {TypeError} naming the first that is none, and those that there are.
 */
export function checkOptionNames<Options extends object>(
  options: Options,
  names: OptionNames<Options>,
  of: string,
): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `"options" of ${of} expected an object, got ${options === null ? 'null' : typeof options}`,
    );
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    throw new TypeError(`"${name}" is no option of ${of}, which has ${Object.keys(names).join(', ')}`);
  }
}
