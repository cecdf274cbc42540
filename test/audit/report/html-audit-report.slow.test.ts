import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModelAuditResult } from '@countermark/audit';
import { htmlAuditReport } from '@countermark/audit/report';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';
import { keepPicture } from '../../report/artefacts.ts';
import { runAxe } from '../../report/axe.ts';
import { launchChromium, missingChromium } from '../../report/chromium.ts';
import { measureTexts } from '../../report/contrast.ts';
import { auditResultOf, HOSTILE } from './results.ts';

const COMMAND = 'countermark audit --key vendor.key answers.jsonl';
let found: ModelAuditResult;
let innocent: ModelAuditResult;

beforeAll(() => {
  found = auditResultOf();
  innocent = auditResultOf({ guilty: false, served: false });
});

const sectionOf = (html: string, heading: string): string =>
  html.split('<section').find((section) => section.includes(`<h2>${heading}</h2>`)) ?? '';
const textOf = (html: string): string => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

describe('the page of an audit', () => {
  it('says in its first lines what was asked and found, how sure it is, whose answers they were, and what it does not say', () => {
    const first = sectionOf(htmlAuditReport(found), 'In short');
    expect(first).toContain('class="headline detected"');
    expect(textOf(first)).toContain('We found a trace: this model, or something that it was made from');
    for (const row of ['Asked', 'How sure', 'Whose answers', 'Not said'])
      expect(first).toContain(`>${row}</th>`);
    expect(textOf(first)).toContain('Of 4 groups one is named: &lt;script&gt;');
    const clean = sectionOf(htmlAuditReport(innocent), 'In short');
    expect(clean).toContain('class="headline"');
    expect(textOf(clean)).toContain(
      'We did not find a trace of this key. That does not show that there is none.',
    );
    expect(textOf(clean)).toContain('would have been found in 95 of 100 such audits');
    expect(clean).not.toContain('Whose answers');
  });

  it('says of served contexts that their e-value is one of the whole audit, and of others that it may be looked at', () => {
    const bounded = textOf(sectionOf(htmlAuditReport(found), 'Hypothesis and test'));
    expect(bounded).toContain('of the whole audit, and of no part of it');
    expect(bounded).toContain('only the last point has a bound');
    expect(bounded).not.toContain('whenever one stops');
    const free = textOf(sectionOf(htmlAuditReport(innocent), 'Hypothesis and test'));
    expect(free).toContain('it stays valid whenever one stops to look');
    expect(free).toContain('has a law that is known');
  });

  it('says who was asked where an endpoint was, and nothing of it where none was', () => {
    const asked = htmlAuditReport({
      ...innocent,
      terms: 'f'.repeat(64),
      endpoint: {
        address: 'https://api.example.com/v1',
        model: HOSTILE,
        ended: 'budget',
        answers: 48,
        givenUp: 2,
        unused: 0,
        refusals: 3,
        cut: 5,
        spent: { requests: 61, input: 700, output: 9000, cost: undefined },
        models: { [HOSTILE]: 48 },
        mapping: { lists: 0, broken: 0, positions: 0, listedMass: 0, mappedMass: 0 },
      },
    });
    const section = sectionOf(asked, 'Who was asked');
    expect(textOf(section)).toContain('48, of which 3 refused and 5 ended at the most tokens');
    expect(textOf(section)).toContain('61 requests, 700 tokens read and 9000 written');
    expect(section).toContain('f'.repeat(64));
    expect(section).not.toContain(HOSTILE);
    expect(sectionOf(htmlAuditReport(innocent), 'Who was asked')).toBe('');
  });

  it('draws the key among random keys, each once, and says it in words', () => {
    const [strip = ''] = /<svg[\s\S]*?<\/svg>/.exec(htmlAuditReport(found)) ?? [];
    expect(strip.match(/<circle class="plain"/g)).toHaveLength(20);
    expect(strip.match(/<circle class="end"/g)).toHaveLength(1);
    expect(strip).toContain('Of 20 random keys 0 are as strong');
    const at = (tag: string): number => Number(/\bc?x1?="([\d.]+)"/.exec(tag)?.[1]);
    const key = at(/<circle class="end"[^>]*>/.exec(strip)?.[0] ?? '');
    const level = at(/<line class="level"[^>]*>/.exec(strip)?.[0] ?? '');
    const dots = [...strip.matchAll(/<circle class="plain"[^>]*>/g)].map(([tag]) => at(tag));
    expect(key).toBeGreaterThan(level);
    expect(Math.max(...dots)).toBeLessThan(level);
    expect(htmlAuditReport(found)).not.toMatch(/NaN|Infinity|undefined/);
    expect(htmlAuditReport(innocent)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('has every figure of the result: hypothesis, counts, groups, inputs, leads, and how the evidence grew', () => {
    const html = htmlAuditReport(found, { command: COMMAND });
    const text = textOf(html);
    expect(text).toContain(
      'The null hypothesis, that the model was made without access to the key or to anything that depends on it, is rejected at level 1e-6',
    );
    for (const value of [found.counts.notServed, found.counts.contexts, found.counts.seen])
      expect(text).toContain(value.toLocaleString('en-US'));
    expect(sectionOf(html, 'Whose answers').match(/>named</g)).toHaveLength(1);
    for (const { sha256 } of found.finding.inputs) expect(html).toContain(sha256);
    const leads = sectionOf(html, 'Leads, not evidence');
    expect(leads).toContain('10 answers of 50 claim');
    expect(leads).toContain('anthropic');
    expect(leads).toContain('class="aside"');
    expect(html).toContain('How the evidence grew');
    expect(html).toContain(COMMAND);
    expect(found.path?.at(-1)).toEqual({
      records: 50,
      tokens: 6000,
      contexts: found.counts.contexts,
      log10EValue: found.log10EValue,
    });
  });

  it('escapes whatever names and texts hold', () => {
    const html = htmlAuditReport(found);
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('\u202e');
    expect(html).toContain('[U+202E]');
    expect(found.groups?.ranked[0]?.name).toBe(HOSTILE);
  });

  it('warns of what weakens a result', () => {
    const page = (more: Partial<ModelAuditResult>): string => textOf(htmlAuditReport({ ...found, ...more }));
    const decoys = { ...found.decoys!, alarm: true, belowOnePercent: 9 };
    expect(page({ decoys })).toContain('This result cannot be relied on');
    expect(page({ decoys })).toContain('Alarm: 9 of 20 random keys');
    const { decoys: _, decoyLog10PValues: __, ...without } = found;
    expect(textOf(htmlAuditReport(without))).toContain('None was asked for');
    expect(page({ served: { ...found.served!, texts: 7 } })).toContain(
      'were given as texts and not as token ids',
    );
    expect(page({ served: { ...found.served!, failed: 3 } })).toContain(
      '3 records of the logs could not be read',
    );
    expect(page({ counts: { ...found.counts, shownLater: 2 } })).toContain(
      '2 contexts had been counted before',
    );
    const few = textOf(htmlAuditReport(auditResultOf({ minContexts: 100_000 })));
    expect(few).toContain('There is too little to say');
    expect(few).toContain('None of 4 groups is named. That clears none.');
  });

  it('is drawn where nothing was counted', () => {
    const empty = {
      ...innocent,
      counts: { ...innocent.counts, contexts: 0 },
      verdict: 'inconclusive' as const,
    };
    expect(htmlAuditReport(empty)).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe.skipIf(missingChromium !== undefined)(
  `the page of an audit in a browser (${missingChromium ?? 'Chromium'})`,
  () => {
    const directory = makeDirectory();
    const heard: string[] = [];
    let browser: Browser;

    beforeAll(async () => {
      writeFileSync(join(directory, 'found.html'), htmlAuditReport(found, { command: COMMAND }));
      writeFileSync(join(directory, 'innocent.html'), htmlAuditReport(innocent));
      browser = await launchChromium();
    });
    afterAll(() => browser?.close());

    async function open(name: string, options: BrowserContextOptions = {}): Promise<Page> {
      const page = await browser.newPage({ viewport: { width: 1000, height: 800 }, ...options });
      page.on('console', (message) => heard.push(message.text()));
      page.on('request', (request) => heard.push(request.url()));
      await page.goto(pathToFileURL(join(directory, `${name}.html`)).href);
      return page;
    }

    it.each(['found', 'innocent'])(
      'loads nothing, can be read by all, and fits a telephone: %s',
      async (name) => {
        heard.length = 0;
        const page = await open(name, { bypassCSP: true });
        expect(heard).toEqual([page.url()]);
        expect(await page.title()).toBe('Model audit');
        expect((await runAxe(page)).violations).toEqual([]);
        await keepPicture(page, `audit-${name}`);
        await page.close();
        const narrow = await open(name, { viewport: { width: 360, height: 800 } });
        expect(await narrow.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
        expect((await measureTexts(narrow)).filter(({ size }) => size < 10)).toEqual([]);
        await keepPicture(narrow, `audit-${name}-narrow`);
        await narrow.close();
        const dark = await open(name, { colorScheme: 'dark' });
        expect((await measureTexts(dark)).filter(({ contrast }) => contrast < 4.5)).toEqual([]);
        await keepPicture(dark, `audit-${name}-dark`);
        await dark.close();
      },
    );
  },
);
