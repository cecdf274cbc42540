/**
 * What attackers of the public tier reach within its budgets. `COUNTERMARK_ATTACKERS=20` gives the figures of docs/server.md, and prints
 * them; seeds are fixed, and nothing but the server's order of answers is left to chance.
 */
import { readFileSync } from 'node:fs';
import { Detector } from '@countermark/detector';
import { gammaTailLog10 } from '@countermark/detector/stats';
import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markedIds } from '../support/marked-ids.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';
import { keyFor, type Served, serve } from './detection-server.ts';
import { evidenceIn, type Ids, median, PublicAttacker } from './public-attacker.ts';

const ATTACKERS = Number(process.env['COUNTERMARK_ATTACKERS'] ?? 4);
const PRINT = process.env['COUNTERMARK_ATTACKERS'] !== undefined;
/** Questions of the attack that was measured before: eight hours of one client, or one of eight. */
const QUESTIONS = 480;
const AN_HOUR = 60;
const SIMILAR = 5;
const LEAST_TOKENS = 204;
const VOCABULARY = 500;
const CONTEXT_WIDTH = 4;

let served: Served;
let keys: WatermarkKey[];

beforeAll(async () => {
  served = await serve({
    COUNTERMARK_PUBLIC_BUDGET: String(AN_HOUR),
    COUNTERMARK_PUBLIC_SIMILAR: String(SIMILAR),
    COUNTERMARK_PUBLIC_TOTAL: '1000000',
    COUNTERMARK_THREADS: '2',
    COUNTERMARK_MODEL: 'none',
    COUNTERMARK_LOG_LEVEL: 'silent',
  });
  keys = [];
  for (let i = 0; i < ATTACKERS; i++) {
    const key = keyFrom(`attacked ${i}`, VOCABULARY);
    await served.server.store.keys.add(key, `attacked-${i}`, true);
    keys.push(key);
  }
}, 60_000);
afterAll(() => served.close());

let attackers = 0;

/** Lets an attacker of each key work at the same time. */
function everyKey<T>(
  attack: (attacker: PublicAttacker, key: WatermarkKey, name: string) => Promise<T>,
): Promise<T[]> {
  return Promise.all(
    keys.map((key, i) => attack(new PublicAttacker(served, key, ++attackers % 256), key, `${i}`)),
  );
}

const passage = (seed: string, count: number): number[] =>
  Array.from(randomIds(seededRandom(seed), count, VOCABULARY));

function report(attack: string, figures: Readonly<Record<string, number>>): void {
  if (PRINT) console.log(JSON.stringify({ attack, ...figures }));
}

describe('forging', () => {
  it('gains nothing for who has nothing marked: no answer about unmarked text differs from another', async () => {
    const reached = await everyKey(async (attacker, key, name) => {
      // Looks for a text with evidence by luck, then for passages that leave it with as much.
      let base: number[] = [];
      const kept: number[] = [];
      for (let i = 0; i < QUESTIONS; i++) {
        const found = passage(`lucky ${name} ${i}`, base.length === 0 ? 250 : 1_000);
        const answer = await attacker.ask([...base, ...found]);
        if (answer === undefined || answer['strength'] === 0) continue;
        if (base.length === 0) base = found;
        else kept.push(...found);
      }
      return evidenceIn(key, base.length === 0 ? passage(`lucky ${name} 0`, 250) : [...base, ...kept]);
    });
    report('forging without marked text', {
      questions: QUESTIONS,
      median: median(reached),
      least: Math.min(...reached),
    });
    // No better than the first text that comes to mind, which reaches 10^-6 once in a million.
    for (const log10PValue of reached) expect(log10PValue).toBeGreaterThan(-6);
  });

  it('by marked text that is weighed against passages gains less than the bits that were answered', async () => {
    const gains = await everyKey(async (attacker, key, name) => {
      const kept: number[] = [];
      let afterAnHour = 0;
      let bits = 0;
      for (let i = 0; i < QUESTIONS; i++) {
        const weighed = passage(`weighed ${name} ${i}`, 250);
        const answer = await attacker.ask([...weighed, ...weightAtTheLevel(key, `${name} ${i}`)]);
        if (answer?.['verdict'] === 'detected') kept.push(...weighed);
        bits += Number(answer !== undefined);
        if (bits === AN_HOUR) afterAnHour = evidenceIn(key, kept);
      }
      return { afterAnHour, atTheEnd: evidenceIn(key, kept), bits, share: kept.length / (250 * QUESTIONS) };
    });
    const hour = median(gains.map(({ afterAnHour }) => afterAnHour));
    const end = median(gains.map(({ atTheEnd }) => atTheEnd));
    report('forging by weighing against marked text', {
      'log10 p after 60': hour,
      'log10 p after 480': end,
      'bits a question': -end / Math.log10(2) / QUESTIONS,
      'share kept': median(gains.map(({ share }) => share)),
    });
    for (const { afterAnHour, atTheEnd, bits } of gains) {
      // An answer of one bit at most doubles what chance gives; the last three orders happen once in a thousand.
      expect(-afterAnHour).toBeLessThan(AN_HOUR * Math.log10(2) + 3);
      expect(-atTheEnd).toBeLessThan(bits * Math.log10(2) + 3);
    }
    // That the attack does something: a passage that is kept is likelier to have evidence.
    expect(end).toBeLessThan(-3);
  });
});

describe('removal', () => {
  it('learns of one text no more than a few answers, which save few edits', async () => {
    const LENGTH = 400;
    const marked = (key: WatermarkKey, name: string): number[] =>
      Array.from(markedIds(key, undefined, LENGTH, `removed ${name}`));
    /** The text with so many of its tokens replaced, in an order that is random and fixed. */
    const edited = (ids: Ids, name: string, edits: number): number[] => {
      const random = seededRandom(`order ${name}`);
      const order = ids.map((_, at) => ({ at, rank: random() })).sort((a, b) => a.rank - b.rank);
      const replacements = passage(`replacements ${name}`, LENGTH);
      const text = [...ids];
      for (const { at } of order.slice(0, edits)) text[at] = replacements[at] ?? 0;
      return text;
    };
    const outcomes = await everyKey(async (attacker, key, name) => {
      const ids = marked(key, name);
      let [detected, hidden] = [0, LENGTH];
      while (hidden - detected > 1) {
        const middle = Math.floor((detected + hidden) / 2);
        const answer = await attacker.ask(edited(ids, name, middle));
        if (answer === undefined) break;
        if (answer['verdict'] === 'detected') detected = middle;
        else hidden = middle;
      }
      // Whoever asked without an end would have found this.
      let least = 0;
      while (evidenceIn(key, edited(ids, name, least)) <= -6) least++;
      return { asked: attacker.asked, refused: attacker.refused, hidden, least };
    });
    for (const { asked, hidden, least } of outcomes) {
      expect(asked).toBeLessThanOrEqual(SIMILAR + 1);
      expect(hidden).toBeGreaterThanOrEqual(least);
    }
    const edits = median(outcomes.map(({ hidden }) => hidden));
    // Who cannot ask has to edit as many tokens as the hardest of these texts takes.
    const blind = Math.max(...outcomes.map(({ least }) => least));
    const asked = median(outcomes.map(({ asked: answers }) => answers));
    report('removal by bisection', {
      asked,
      'edits of 400': edits,
      'least edits': median(outcomes.map(({ least }) => least)),
      'edits without asking': blind,
      'edits saved a question': (blind - edits) / asked,
    });
  });
});

describe('slot discovery', () => {
  it('learns nothing from short questions', async () => {
    const answers = await everyKey(async (attacker, key, name) => {
      const ids = Array.from(markedIds(key, undefined, AN_HOUR + CONTEXT_WIDTH, `slots ${name}`));
      const said = new Set<string>();
      for (let at = 0; at < AN_HOUR; at++)
        said.add(JSON.stringify(await attacker.ask(ids.slice(at, at + CONTEXT_WIDTH + 1))));
      return said;
    });
    expect(new Set(answers.flatMap((said) => [...said])).size).toBe(1);
    report('slots by short questions', { questions: AN_HOUR, 'bits a question': 0 });
  });

  it('learns of one text just below the level no more than a few answers', async () => {
    const asked = await everyKey(async (attacker, key, name) => {
      const base = justBelow(key, `one ${name}`);
      for (let at = 0; at < AN_HOUR; at++) {
        await attacker.ask([...base, ...markedIds(key, undefined, CONTEXT_WIDTH + 1, `one ${name} ${at}`)]);
      }
      return attacker.asked;
    });
    expect(asked).toEqual(keys.map(() => SIMILAR));
  });

  it('learns less than a bit from a text of its own for each question, though the key told how near it is', async () => {
    const outcomes = await everyKey(async (attacker, key, name) => {
      const detector = new Detector([key]);
      const counts = { common: [0, 0], other: [0, 0] };
      for (let at = 0; at < AN_HOUR; at++) {
        const tuple = Array.from(markedIds(key, undefined, CONTEXT_WIDTH + 1, `slot ${name} ${at}`));
        const answer = await attacker.ask([...justBelow(key, `${name} ${at}`), ...tuple]);
        const isCommon = detector.detect(tuple).scored === 1;
        counts[isCommon ? 'common' : 'other'][Number(answer?.['verdict'] === 'detected')]! += 1;
      }
      detector.close();
      return counts;
    });
    const sum = (slot: 'common' | 'other', said: 0 | 1) =>
      outcomes.reduce((total, counts) => total + (counts[slot][said] ?? 0), 0);
    const table = [
      [sum('common', 0), sum('common', 1)],
      [sum('other', 0), sum('other', 1)],
    ] as const;
    const bits = informationOf(table);
    report('slots by texts just below the level', { questions: AN_HOUR, 'bits a question': bits });
    expect(bits).toBeLessThan(1);
  });
});

describe('people', () => {
  it('get an answer to every question about different texts, in prose', async () => {
    const key = await keyFor('demo', 'people');
    await served.server.store.keys.add(key, 'people', true);
    const prose = ['statistics', 'spec', 'cli', 'interop', 'scan', 'choices', 'server', 'robustness']
      .map((name) => new URL(`../../docs/${name}.md`, import.meta.url))
      .flatMap((page) => readFileSync(page, 'utf8').split('\n'))
      .filter((line) => /^[A-Z]/.test(line))
      .flatMap((line) => line.split(' '));
    const texts = Array.from({ length: Math.min(AN_HOUR, Math.floor(prose.length / 160)) }, (_, i) =>
      prose.slice(160 * i, 160 * (i + 1)).join(' '),
    );
    expect(texts.length).toBeGreaterThan(30);
    for (const text of texts) {
      const { status, json } = await served.detect({ text, keyIds: [key.keyId] }, undefined, '192.0.2.1');
      expect({ status, json }).toMatchObject({ status: 200, json: { verdict: 'not-detected' } });
    }
  });
});

/** Estimates how many bits one of two outcomes tells of the other, from how often each pair occurred. */
function informationOf(table: readonly (readonly [number, number])[]): number {
  const total = table.flat().reduce((sum, count) => sum + count, 0);
  const columns = [0, 1].map((at) => table.reduce((sum, row) => sum + (row[at] ?? 0), 0));
  let bits = 0;
  for (const row of table) {
    const ofRow = row[0] + row[1];
    for (const [at, count] of row.entries()) {
      if (count > 0) bits += (count / total) * Math.log2((count * total) / (ofRow * (columns[at] ?? 0)));
    }
  }
  return bits;
}

/**
 * Returns marked text that brings an average passage of 250 tokens just to the level. The attacker is granted its evidence, which
 * only the key tells.
 */
function weightAtTheLevel(key: WatermarkKey, name: string): Ids {
  const marked = Array.from(markedIds(key, undefined, 80, `weight ${name}`));
  const detector = new Detector([key]);
  // Half of the passage's 246 tuples are in common slots, and an unmarked one scores 1 on average.
  const unmarked = 123;
  const distances = marked.map((_, last) => {
    const { scored, statistic } = detector.detect(marked.slice(0, last + 1));
    const sum = statistic.sum / statistic.nullMean;
    return Math.abs(gammaTailLog10(unmarked + scored, unmarked + sum) + 6);
  });
  detector.close();
  return marked.slice(0, distances.indexOf(Math.min(...distances)) + 1);
}

/** Returns a text long enough to be tested whose evidence is as near below the level as marked tokens make it. Granted, too. */
function justBelow(key: WatermarkKey, name: string): Ids {
  const unmarked = passage(`below ${name}`, LEAST_TOKENS);
  const marked = Array.from(markedIds(key, undefined, 80, `below ${name}`));
  const detector = new Detector([key]);
  let text = unmarked;
  for (let length = 1; length <= marked.length; length++) {
    const longer = [...unmarked, ...marked.slice(0, length)];
    if (detector.detect(longer).log10PValue <= -6) break;
    text = longer;
  }
  detector.close();
  return text;
}
