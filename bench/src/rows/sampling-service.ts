import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readSettings, startServer } from '@countermark/server';
import { seededRandom, Watermarker, type WatermarkKey } from '@countermark/watermark';
import { WebSocket } from 'ws';
import { benchKey, LARGE_VOCABULARY } from '../fixtures.ts';
import { atLeast, atMost, type Row } from '../row.ts';

const SEQUENCES = 64;
const CANDIDATES = 100;
const CONTEXT = 4;
const BATCHES = 300;
const IN_FLIGHT = 8;

/** Choosing for an engine elsewhere, over one WebSocket in the binary form; the client works in the same process. */
export async function samplingServiceRows(): Promise<Row[]> {
  const directory = await mkdtemp(join(tmpdir(), 'countermark-bench-'));
  const settings = readSettings({
    COUNTERMARK_DATA: directory,
    COUNTERMARK_PORT: '0',
    COUNTERMARK_LOG_LEVEL: 'silent',
  });
  const server = await startServer(settings, createLogger(settings));
  try {
    const key = benchKey(LARGE_VOCABULARY, { kind: 'gumbel' }, 1);
    await server.store.keys.add(key, 'bench', false);
    const { token } = await server.store.apiKeys.create('bench', ['engine']);
    const url = new URL('/v1/watermark/stream', server.url.replace('http', 'ws'));
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    await new Promise((resolve) => socket.once('open', resolve));
    const calls = Array.from({ length: BATCHES }, (_, i) => call(key.keyId, i));
    await exchange(socket, calls.slice(0, IN_FLIGHT), IN_FLIGHT);
    const one = await exchange(socket, calls, 1);
    const many = await exchange(socket, calls, IN_FLIGHT);
    socket.close();
    const json = await httpSeconds(server.url, token, key.keyId);
    const bare = bareSeconds(key);
    const median = one.latencies.sort((a, b) => a - b)[BATCHES / 2] ?? 0;
    const rate = (BATCHES * SEQUENCES) / many.seconds;
    const yardstick = `the library alone, ${(bare * 1e3).toFixed(2)} ms a batch`;
    return [
      atLeast(
        'tokens chosen over one WebSocket',
        rate,
        'tokens/s',
        20_000,
        yardstick,
        (bare * rate) / SEQUENCES,
      ),
      atMost(
        `batch of ${SEQUENCES} x ${CANDIDATES} there and back`,
        median * 1e3,
        'ms',
        2,
        yardstick,
        bare / median,
      ),
      atMost(
        `${SEQUENCES} x ${CANDIDATES} as JSON over HTTP, server's own time`,
        json * 1e3,
        'ms',
        0.8,
        yardstick,
        bare / json,
      ),
    ];
  } finally {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Sends calls, so many at a time; returns how long all took and each, in seconds. */
function exchange(
  socket: WebSocket,
  calls: readonly Buffer[],
  inFlight: number,
): Promise<{ readonly seconds: number; readonly latencies: number[] }> {
  const started = performance.now();
  const sentAt: number[] = [];
  const latencies: number[] = [];
  return new Promise((resolve) => {
    const send = (): void => {
      const next = calls[sentAt.length];
      if (next === undefined) return;
      sentAt.push(performance.now());
      socket.send(next);
    };
    const receive = (): void => {
      const now = performance.now();
      latencies.push((now - (sentAt[latencies.length] ?? now)) / 1e3);
      if (latencies.length < calls.length) send();
      else {
        socket.off('message', receive);
        resolve({ seconds: (now - started) / 1e3, latencies });
      }
    };
    socket.on('message', receive);
    for (let i = 0; i < inFlight; i++) send();
  });
}

/** Sends calls as JSON one after another; returns the mean time that the server itself counts for one, body included, in seconds. */
async function httpSeconds(url: string, token: string, keyId: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const counted = async (): Promise<{ readonly sum: number; readonly count: number }> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const of = (what: string): number =>
      Number(
        new RegExp(
          `^countermark_http_request_duration_seconds_${what}\\{[^}]*route="/v1/watermark/sample"[^}]*\\} (\\S+)$`,
          'm',
        ).exec(text)?.[1] ?? 0,
      );
    return { sum: of('sum'), count: of('count') };
  };
  const bodies = Array.from({ length: BATCHES }, (_, seed) => {
    const random = seededRandom(seed);
    const sequences = Array.from({ length: SEQUENCES }, () => {
      const { context, tokenIds, logits } = drawStep(random);
      return {
        context: [...context],
        generated: CONTEXT,
        spentBits: SPENT_BITS,
        tokenIds: [...tokenIds],
        logits: [...logits],
        sampling: { topP: 0.95 },
      };
    });
    return JSON.stringify({ keyId, sequences });
  });
  const send = async (body: string): Promise<void> => {
    const response = await fetch(`${url}/v1/watermark/sample`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`a call was answered ${response.status}`);
    await response.arrayBuffer();
  };
  for (const body of bodies.slice(0, IN_FLIGHT * IN_FLIGHT)) await send(body);
  const before = await counted();
  for (const body of bodies) await send(body);
  const after = await counted();
  return (after.sum - before.sum) / (after.count - before.count);
}

// Steps that are marked: as many bits are spent as are asked for.
const SPENT_BITS = 16;

/** A call in the binary form: docs/server.md. Candidates come ranked, as engines hand them over. */
function call(keyId: string, seed: number): Buffer {
  const random = seededRandom(seed);
  const header = Buffer.alloc(32);
  header.write('CMS2');
  header.writeUInt32LE(seed, 4);
  header.writeUInt32LE(SEQUENCES, 8);
  Buffer.from(keyId, 'hex').copy(header, 16);
  const sequences = Array.from({ length: SEQUENCES }, () => {
    const { context, tokenIds, logits } = drawStep(random);
    const fixed = Buffer.alloc(56);
    fixed.writeUInt32LE(CONTEXT, 0);
    fixed.writeUInt32LE(CONTEXT, 4);
    fixed.writeUInt32LE(CANDIDATES, 8);
    fixed.writeDoubleLE(1, 16);
    fixed.writeDoubleLE(0.95, 24);
    fixed.writeFloatLE(SPENT_BITS, 40);
    fixed.writeFloatLE(SPENT_BITS, 44);
    const words = [context, tokenIds, logits].map((array) => Buffer.from(array.buffer));
    return Buffer.concat([fixed, ...words]);
  });
  return Buffer.concat([header, ...sequences]);
}

function drawStep(random: () => number) {
  const context = Uint32Array.from({ length: CONTEXT }, () => Math.floor(LARGE_VOCABULARY * random()));
  const tokenIds = Uint32Array.from({ length: CANDIDATES }, (_, i) => 2000 * i + Math.floor(2000 * random()));
  const logits = Float32Array.from({ length: CANDIDATES }, () => 10 * random())
    .sort()
    .reverse();
  return { context, tokenIds, logits };
}

/** Seconds that a batch takes where nothing is sent, the median of as many. */
function bareSeconds(key: WatermarkKey): number {
  const watermarker = new Watermarker(key);
  const random = seededRandom('bare');
  const steps = Array.from({ length: SEQUENCES }, () => drawStep(random));
  const times = Array.from({ length: BATCHES }, () => {
    const started = performance.now();
    for (const { context, tokenIds, logits } of steps) {
      watermarker
        .start({ response: context, spentBits: SPENT_BITS, random, sampling: { topP: 0.95 } })
        .chooseAmong(tokenIds, logits);
    }
    return (performance.now() - started) / 1e3;
  });
  watermarker.close();
  return times.sort((a, b) => a - b)[BATCHES / 2] ?? 0;
}
