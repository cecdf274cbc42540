/** The program of a thread that collects contexts. */
import { serveShards } from '@countermark/corpus/driver';
import { contextsProgram } from './contexts-program.ts';

await serveShards(contextsProgram);
