/** The program of a thread that scans. */
import { serveShards } from '../shards/serve-shards.ts';
import { scanProgram } from './scan-program.ts';

await serveShards(scanProgram);
