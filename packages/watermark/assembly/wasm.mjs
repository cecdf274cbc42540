/** What the build scripts of this folder share: compiling AssemblyScript, and keeping the bytes as a constant in a source file. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const PAGE_BYTES = 65_536;
const MAX_PAGES = 32; // 2 MiB

/**
 * Writes a compiled module as a base64 constant that the sources import.
 *
 * The same files and the same compiler give the same bytes. The last line written names the SHA-256 of both, and a file that is
 * whole and up to date is left alone, so that incremental builds stay quick.
 *
 * @param files    what decides the bytes: names in this folder, the module's source first.
 * @param target   the file to write, relative to this folder.
 * @param constant the constant's name.
 * @param build    returns the module's bytes.
 */
export async function generate({ files, target, constant, build }) {
  const url = new URL(target, import.meta.url);
  const origin = originOf([...files, 'wasm.mjs']);
  if (existing(url).endsWith(`// ${origin}\n`)) return;
  const binary = await build();
  writeFileSync(
    url,
    `/** assembly/${files[0]} as WebAssembly, base64; written by assembly/${files.at(-1)}. */
export const ${constant}: string =
  '${Buffer.from(binary).toString('base64')}';
// ${origin}
`,
  );
}

/** Returns the WebAssembly binary of one AssemblyScript text. */
export async function compile(source, options) {
  // Loaded only where something is compiled: it takes longer than looking.
  const { default: asc } = await import('assemblyscript/asc');
  let binary;
  const { error, stderr } = await asc.main(
    [
      ...['source.ts', '--outFile', 'out.wasm', '--runtime', 'stub'],
      ...['--noAssert', '--use', 'abort=', ...options],
    ],
    {
      readFile: (name) => (name === 'source.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'out.wasm') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`AssemblyScript does not compile\n${stderr}`, { cause: error });
  return binary;
}

/** Compiles a text whose layout, the global END, decides how much memory it has; nothing is imported. */
export async function compileWithLayout(source, options) {
  // Compiled once to ask for it.
  const draft = new WebAssembly.Module(await compile(source, ['-O0', ...options, ...memory(MAX_PAGES)]));
  const pages = Math.ceil(new WebAssembly.Instance(draft).exports.END.value / PAGE_BYTES);
  return compile(source, ['-O3', '--converge', ...options, ...memory(pages)]);
}

/** Options for a fixed number of pages. */
export function memory(pages) {
  return ['--initialMemory', `${pages}`, '--maximumMemory', `${pages}`];
}

/** Returns the text of a file in this folder. */
export function read(name) {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

function originOf(names) {
  const compiler = new URL('../package.json', import.meta.resolve('assemblyscript/asc'));
  const { version } = JSON.parse(readFileSync(compiler, 'utf8'));
  const hash = createHash('sha256').update(`assemblyscript ${version}\n`);
  for (const name of names) hash.update(read(name));
  return `sha256 ${hash.digest('hex')}`;
}

function existing(url) {
  try {
    return readFileSync(url, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
