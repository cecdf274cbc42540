/** Where a program of a thread is, and what its thread is started with. */
export interface ThreadProgram {
  /** The module that calls `serveThread`. */
  readonly file: URL;
  /** Flags of Node for the thread; those of the process if absent. */
  readonly execArgv?: readonly string[];
  /** Variables of the thread; those of the process if absent. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the process may end while the thread is at work (default false). */
  readonly isBackground?: boolean;
}

/**
 * Finds a program that lies beside a module.
 *
 * From sources, in tests, the program is that of the build, and so are its imports: threads read no TypeScript. The process's flags,
 * such as conditions that resolve to sources, are not for it then.
 *
 * @param module `import.meta.url` of the module.
 * @param name   path from the module to the program, `./worker.js`.
 */
export function programBeside(module: string, name: string): ThreadProgram {
  if (!module.endsWith('.ts')) return { file: new URL(name, module) };
  const at = module.lastIndexOf('/src/');
  return { file: new URL(name, `${module.slice(0, at)}/dist/${module.slice(at + 5)}`), execArgv: [] };
}
