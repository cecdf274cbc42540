/** A client whose types are generated from the server's own description, and which knows nothing else. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './test-server.ts';

// Under test/, so that its packages resolve.
const folder = fileURLToPath(new URL('../.cache/generated-client', import.meta.url));

const PROGRAM = `import createClient from 'openapi-fetch';
import type { paths } from './api.ts';

export async function run(baseUrl: string, token: string) {
  const client = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${token}\` } });
  const made = await client.POST('/v1/keys', { body: { label: 'client', tokenizer: 'demo', public: false } });
  if (made.data === undefined) throw new Error(made.error.error.message);
  const { keyId, params } = made.data;
  const shown = await client.GET('/v1/keys/{keyId}', { params: { path: { keyId } } });
  const again = await client.POST('/v1/keys', { body: { label: 'client', tokenizer: 'demo', public: false } });
  const detected = await client.POST('/v1/detections', { body: { text: 'A short text.', keyIds: [keyId] } });
  const first: number | undefined =
    detected.data?.object === 'detection' ? detected.data.keys[0]?.scored : undefined;
  return {
    made: made.data,
    shown: shown.data,
    width: params.contextWidth,
    conflict: again.error?.error.code,
    status: again.response.status,
    detection: detected.data,
    first,
  };
}
`;

/** What is wrong with a program, what stands there rightly, and what instead. */
const WRONG = [
  ['a field that there is not', "label: 'client'", "name: 'client'"],
  ['a value of another kind', 'public: false', "public: 'no'"],
  ['a path that there is not', "'/v1/keys/{keyId}'", "'/v1/key/{keyId}'"],
] as const;

let server: TestServer;
/** Of the program as it is, then of each that is wrong. */
let faults: string[][];

beforeAll(async () => {
  server = await startTestServer();
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'api.ts'),
    astToString(await openapiTS(new URL(`${server.url}/openapi.json`), { defaultNonNullable: false })),
  );
  faults = faultsOf([PROGRAM, ...WRONG.map(([, right, wrong]) => PROGRAM.replace(right, wrong))]);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes programs beside the generated types, and returns what the compiler has against each. */
function faultsOf(sources: readonly string[]): string[][] {
  const paths = sources.map((source, i) => {
    const path = join(folder, `client-${i}.ts`);
    writeFileSync(path, source);
    return path;
  });
  const program = ts.createProgram(paths, {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: ['node'],
  });
  const faultsIn = (file?: ts.SourceFile): string[] =>
    ts
      .getPreEmitDiagnostics(program, file)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  return paths.map((path) => faultsIn(program.getSourceFile(path)));
}

describe('a client that is generated from /openapi.json', () => {
  it('compiles, and does what its types say', async () => {
    expect(faults[0]).toEqual([]);
    const { outputText } = ts.transpileModule(PROGRAM, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    const path = join(folder, 'client.mjs');
    writeFileSync(path, outputText);
    const { token } = await server.store.apiKeys.create('client', ['admin', 'detect']);
    const { run } = (await import(pathToFileURL(path).href)) as {
      run: (url: string, token: string) => Promise<Record<string, unknown>>;
    };
    const found = await run(server.url, token);
    expect(found['shown']).toEqual(found['made']);
    expect(found).toMatchObject({
      width: 4,
      conflict: 'conflict',
      status: 409,
      detection: { object: 'detection', verdict: 'inconclusive' },
      first: expect.any(Number),
    });
  });

  it.each(WRONG.map(([what], i) => [what, i + 1] as const))('does not compile with %s', (_, i) => {
    expect(faults[i]).not.toEqual([]);
  });
});
