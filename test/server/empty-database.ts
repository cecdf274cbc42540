/** The embedded database as it is before its first start: making one takes longer than most tests. */
import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/countermark/', import.meta.url));

let made: Promise<string> | undefined;

/** Puts an empty embedded database, without a table, into a data directory that has none. */
export async function putEmptyDatabase(data: string): Promise<void> {
  const target = join(data, 'db');
  if (existsSync(target)) return;
  made ??= emptyDatabase();
  await mkdir(data, { recursive: true, mode: 0o700 });
  await cp(await made, target, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** Returns the directory of one that all test files have in common; whoever is first makes it. */
async function emptyDatabase(): Promise<string> {
  // Another release may write other files.
  const library = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const { version } = JSON.parse(await readFile(join(dirname(library), '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const directory = join(CACHE, `pglite-${version}-alone`);
  if (existsSync(directory)) return directory;
  const own = `${directory}-${randomUUID()}`;
  await mkdir(own, { recursive: true });
  const database = await PGlite.create(own);
  // Templates of databases that nobody makes are two thirds of the files, which every test would copy and remove.
  await database.exec("update pg_database set datistemplate = false where datname like 'template_'");
  for (const template of ['template0', 'template1']) await database.exec(`drop database ${template}`);
  await database.exec('checkpoint');
  await database.close();
  // Only one of those that are made at once gets the name.
  await rename(own, directory).catch(() => rm(own, { recursive: true }));
  return directory;
}
