import { htmlScanReport } from '@countermark/corpus/internal';
import { HUMAN_DIVERSITY } from '@countermark/hints';
import { describe, expect, it } from 'vitest';
import {
  activeContent,
  drawnText,
  facts,
  type ShownTable,
  sortableTables,
  unescaped,
  verdicts,
} from '../../report/page.ts';
import { emptySummary, heatMapsOf, markedSummary, plainSummary, type ScanSummary } from './summary.ts';

const marked = markedSummary();
const html = htmlScanReport(marked, heatMapsOf(marked), { command: 'countermark scan "data/*.gz" --key k' });

function table(page: string, caption: string): ShownTable {
  const found = sortableTables(page).filter((each) => each.caption.startsWith(caption));
  expect(found, caption).toHaveLength(1);
  return found[0]!;
}

const alarms = (page: string): string[] =>
  [...page.matchAll(/<p class="alarm">([\s\S]*?)<\/p>/g)].map(([, text = '']) =>
    unescaped(text.replace(/<[^>]*>/g, '')),
  );

const section = (page: string, heading: string): string =>
  new RegExp(`<section[^>]*>\\n<h2>${heading}</h2>[\\s\\S]*?</section>`).exec(page)?.[0] ?? '';

describe('htmlScanReport', () => {
  it('has its sections in the order in which they are to be read', () => {
    expect([...html.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, heading]) => heading)).toEqual([
      'In short',
      'Verdict',
      'What was scanned',
      'Text that was read',
      'Keys',
      'Share of marked documents',
      'p-values of the documents',
      'Evidence',
      'Strongest documents',
      'Accounts',
      'Languages',
      'Files',
      'Duplicates',
      'Failures',
      'Leads, not evidence',
      'To sign',
      'What this does not show',
      'Reproduce',
    ]);
    expect(html).toContain('<code>countermark scan &quot;data/*.gz&quot; --key k</code>');
  });

  it('holds nothing that loads or runs but its own style and script', () => {
    for (const summary of [marked, plainSummary(), emptySummary()]) {
      expect(activeContent(htmlScanReport(summary, heatMapsOf(summary)))).toEqual([]);
    }
  });

  it('has a heading for every cell', () => {
    for (const { caption, headings, rows } of sortableTables(html)) {
      for (const row of rows) expect(row.length, caption).toBe(headings.length);
    }
  });

  it('says the verdict in one sentence, with hypothesis, level, p-value and corrections', () => {
    expect(verdicts(html)[0]?.replace(/<[^>]*>/g, '')).toBe(
      'Detected at level 0.001: the null hypothesis, that this corpus was produced without access to key vendor-2025, is rejected, with p = 3e-39, corrected for 2 tests (Bonferroni) and 2 keys (Holm).',
    );
    expect(verdicts(htmlScanReport(plainSummary(), []))[0]).toMatch(
      /^Not detected at level 0\.001: .* is not rejected, with p = 0\.955, corrected/,
    );
  });

  it('begins in plain words: what, how much, where, how sure, and what was not read', () => {
    const short = section(html, 'In short');
    const said = Object.fromEntries(
      [...short.matchAll(/<th scope="row">([^<]*)<\/th><td>([\s\S]*?)<\/td>/g)].map(([, name, cell = '']) => [
        name,
        unescaped(cell.replace(/<[^>]*>/g, '')).replaceAll('\u00a0', ' '),
      ]),
    );
    expect(short).toContain('<p class="headline detected">');
    expect(unescaped(short.replace(/<[^>]*>/g, ''))).toContain(
      'We found marked text in this corpus. Key: vendor-2025',
    );
    // Both counts, and why they differ.
    expect(said['How much']).toBe(
      '198,765 documents are found to carry the mark, of 1,800,000 that are long enough to tell, and 2,000,000 in all. They are copies of 190,000 different texts, and where we speak of a share, copies count once. Of 1,750,000 different texts long enough, about 11.4 % visibly carry it (between 11.3 % and 11.4 %); texts that are short or were edited may carry it unseen.',
    );
    expect(said['Where']).toMatch(/^In 259 of 260 files: .* and 256 more files\.$/);
    expect(said['How sure']).toContain('with probability 3e-39 at most');
    expect(said['How sure']).toContain(
      'at most 1 % of the documents that are called marked are called so by mistake',
    );
    expect(said['Whose']).toContain('3 accounts are named');
    expect(said['Not read']).toContain('5 of 2,000,005 records could not be read');
    expect(short.match(/<svg/g)).toHaveLength(1);
    expect(short).toContain(
      '<desc id="overview-counts">with the mark: 198,765; without a visible mark: 1,601,235; too short to tell: 200,000; not readable: 5.</desc>',
    );
  });

  it('never says of a corpus without a detection that it is unmarked', () => {
    const short = unescaped(section(htmlScanReport(plainSummary(), []), 'In short').replace(/<[^>]*>/g, ''));
    expect(short).toContain(
      'We did not find a mark of these keys in what was read. That does not show that it is absent.',
    );
    expect(short).not.toContain('different texts,');
  });

  it('is not sure of anything where decoys raise an alarm', () => {
    const [first, second] = marked.keys;
    const decoys = { ...first!.decoys!, belowOnePercent: 400, log10AlarmPValue: -300, alarm: true };
    const short = section(
      htmlScanReport({ ...marked, keys: [{ ...first!, decoys }, second!] }, []),
      'In short',
    );
    expect(short).toContain('This result cannot be relied on');
    expect(short).toContain('Not at all: see the alarm below.');
  });

  it('has the name of the corpus and the date that it was given, and else a line for the date', () => {
    const header = (page: string): string => /<header>[\s\S]*?<\/header>/.exec(page)?.[0] ?? '';
    const named = htmlScanReport(marked, [], { name: 'Web <2026>', date: '2026-05-31' });
    expect(header(named)).toContain('Web &lt;2026&gt;');
    expect(header(named)).toContain('Date: 2026-05-31.');
    expect(header(named)).toContain(marked.manifest);
    expect(section(named, 'To sign')).not.toContain('>Date<');
    expect(header(html)).not.toContain('Date:');
    expect(section(html, 'To sign')).toContain('<th scope="row">Date</th>');
  });

  it('has the command that made the plan, if it is told', () => {
    const planned = htmlScanReport(marked, [], { planCommand: 'countermark plan --key k "<b>"' });
    expect(section(planned, 'What was scanned')).toContain(
      '<pre><code>countermark plan --key k &quot;&lt;b&gt;&quot;</code></pre>',
    );
    expect(section(html, 'What was scanned')).not.toContain('<pre>');
  });

  it('lists what was scanned with separators', () => {
    expect(facts(html)).toMatchObject({
      shards: '512 of 512',
      files: '260',
      records: '2,000,005',
      'records that could not be read': '5',
      documents: '2,000,000',
      tokens: '1,043,210,987',
      size: '3.21 GB (3,210,987,654 bytes)',
      'documents detected': '198,765, with q ≤ 1 % (Benjamini–Hochberg)',
    });
  });

  it('lists the tests of each key', () => {
    expect(table(html, 'The corpus under each key').rows).toEqual([
      ['vendor-2025', 'detected', '3e-39', '3e-39', '6.4e-28', '10^27.20', '1,800,000'],
      ['vendor-2024', 'not-detected', '0.955', '0.4898', '1', '10^-0.10', '1,799,000'],
    ]);
    expect(table(html, 'The pooled test:').rows).toEqual([
      ['vendor-2025', '1,048,576', '77.41', '9', 'about 536,870,912', '10^1201.33'],
      ['vendor-2024', '1,000,000', '-0.12', '0', '1,000,000', '10^-1.50'],
    ]);
  });

  it('gives the share with its interval, and what it does not count', () => {
    const text = section(html, 'Share of marked documents');
    expect(text).toContain(
      '<strong>11.4 %</strong> of the documents visibly carry the mark (95 % interval: 11.3 % to 11.4 %)',
    );
    expect(text).toContain(
      '198,765 documents are detected with every copy, 190,000 different texts without.',
    );
    expect(text).toContain('The interval assumes that different documents share few phrases.');
    expect(text).toContain('short, edited or partly marked may go unseen');
    expect(table(html, 'Documents by number of scored tokens').rows).toEqual([
      ['50 to 99', '300,000', '9,000', '2.9 %'],
      ['100 to 399', '900,000', '91,321', '10.1 %'],
      ['400 or more', '550,000', '100,000', '18.1 %'],
    ]);
  });

  it('lists decades beside what unmarked documents would give', () => {
    const { rows, values } = table(htmlScanReport(plainSummary(), []), 'Documents by p-value');
    expect(rows.map(([range]) => range)).toEqual([
      '0.01 to 0.1',
      '0.001 to 0.01',
      '1e-4 to 0.001',
      '1e-5 to 1e-4',
      '1e-6 to 1e-5',
      'at most 1e-6',
    ]);
    // 1,800,000 documents; a decade has 0.9 of its upper end, the last all of it.
    const due = [162_000, 16_200, 1620, 162, 16.2, 1.8];
    for (const [i, row] of values.entries()) expect(row[2]).toBeCloseTo(due[i]!, 6);
    expect(rows.map((row) => row[1])).toEqual(['162,000', '16,200', '1,620', '162', '16', '2']);
  });

  it('lists the strongest documents with q-values and accounts, and draws them', () => {
    const { headings, rows } = table(html, 'The 60 documents');
    expect(headings).toContain('account');
    expect(rows).toHaveLength(60);
    expect(rows[1]).toEqual([
      ...['answer-1001', 'data/part-001.jsonl.gz', 'line 41', '513', '481'],
      ...['3.2e-30', '1e-25', '10^27.50', 'vendor-2025', 'team-1', '0'],
    ]);
    expect(drawnText(html)).toContain('Copies may be made of this text');
    expect(html.match(/<mark>/g)).toHaveLength(1);
  });

  it('names accounts, and says how many documents were not traced', () => {
    expect(table(html, 'Named accounts').rows.map(([account]) => account)).toEqual([
      'team-0',
      'team-1',
      'team-2',
    ]);
    expect(section(html, 'Accounts')).toContain('3 accounts named at level 0.001');
    expect(section(html, 'Accounts')).toContain('98,765 detected documents more were not traced.');
  });

  it('says so where no accounts were traced, and none was named', () => {
    expect(section(htmlScanReport(plainSummary(), []), 'Accounts')).toContain('No accounts were traced.');
    const [result] = marked.accounts!;
    const none = htmlScanReport({ ...marked, accounts: [{ ...result!, named: [] }] }, []);
    expect(section(none, 'Accounts')).toContain('No account named at level 0.001');
  });

  it('lists 200 files, those with the most detected first', () => {
    const { rows } = table(html, 'Files,');
    expect(rows).toHaveLength(200);
    expect(rows.map(([, detected]) => Number(detected))).toEqual(
      Array.from({ length: 200 }, (_, i) => 259 - i),
    );
    expect(section(html, 'Files')).toContain('60 more rows are not shown.');
    expect(table(html, 'What was read of the files').rows).toEqual([
      ['jsonl, gzip: turns of assistant in messages', '260'],
    ]);
  });

  it('lists failures with file, place, byte offset, code and message', () => {
    const { rows } = table(html, 'Where they are');
    expect(rows[0]).toEqual([
      ...['data/part-003.jsonl.gz', 'line 12', '11,000', 'invalid-json', 'the line is not JSON'],
    ]);
    expect(rows[4]?.slice(1)).toEqual(['record 777', 'none', 'too-long', 'longer than 67,108,864 bytes']);
  });

  it('names languages', () => {
    expect(table(html, 'Languages').rows).toEqual([
      ['English', '25,000', '80 %', '3,100'],
      ['German', '4,000', '12.8 %', '0'],
      ['undetermined', '2,250', '7.2 %', '0'],
    ]);
  });

  it('keeps leads in a box of their own, and says that they prove nothing', () => {
    const leads = html.slice(html.indexOf('<section class="aside">'));
    expect(leads).toContain('Nothing in this box proves anything, and none of it is part of any p-value');
    expect(html.indexOf('Claims to be an assistant')).toBeGreaterThan(
      html.indexOf('<section class="aside">'),
    );
    expect(table(html, 'Claims to be an assistant').rows).toEqual([
      ['openai', 'English', '1,100'],
      ['anthropic', 'English', '100'],
      ['openai', 'German', '40'],
    ]);
    const { headings, rows } = table(html, 'Measures of a sample');
    expect(headings).toEqual([
      'measure',
      'this corpus',
      'people 1: prose, 1,500 characters',
      'people 2: e-mail, 1,500 characters',
      'people 3: code, 1,500 characters',
    ]);
    expect(rows.at(-1)).toEqual([
      'entropy of openings, bits',
      'too few documents',
      '12.27',
      '11.00',
      '14.71',
    ]);
    const shared = table(html, 'Five words that several documents of the sample share');
    expect(shared.rows).toEqual([
      ['begin with', 'certainly here is a summary', '41 of 1,000'],
      ['end with', 'let me know if you', '12 of 812'],
    ]);
    for (const { source } of HUMAN_DIVERSITY) expect(html).toContain(source);
  });
});

describe('a warning', () => {
  const alarmsOf = (more: Partial<ScanSummary>): string[] =>
    alarms(htmlScanReport({ ...plainSummary(), ...more }, []));

  it('is absent where all was read', () => {
    expect(alarmsOf({})).toEqual([]);
  });

  it('stands under the verdict where records failed', () => {
    expect(alarmsOf({ failures: marked.failures })).toEqual([
      'Incomplete: 5 of 2,000,005 records could not be read and are in none of the figures below: see the failures.',
    ]);
  });

  it('says that a sample is one', () => {
    expect(alarmsOf({ shards: { total: 512, planned: 64, scanned: 64, stopped: false } })).toEqual([
      'Incomplete: This is a sample: 64 of 512 shards were to be scanned. The figures below are of these alone.',
    ]);
  });

  it('says that a scan stopped early, and what still holds', () => {
    const [only, ...others] = alarmsOf({ shards: { total: 512, planned: 512, scanned: 9, stopped: true } });
    expect(others).toEqual([]);
    expect(only).toContain('stopped early, after 9 of 512 shards');
    expect(only).toContain('The verdict rests on running e-values');
  });

  it('says that shards are missing', () => {
    expect(alarmsOf({ shards: { total: 512, planned: 512, scanned: 511, stopped: false } })).toEqual([
      'Incomplete: 1 of 512 shards that were to be scanned is missing.',
    ]);
  });

  it('is given with the verdict and the key where decoys raise an alarm', () => {
    const [first, second] = marked.keys;
    const decoys = { ...first!.decoys!, belowOnePercent: 400, log10AlarmPValue: -300, alarm: true };
    expect(alarmsOf({ keys: [{ ...first!, decoys }, second!] })).toEqual([
      'The decoys of 1 key raise an alarm, so no p-value of this page can be relied on: see below.',
      'Alarm: 400 of 999 random keys like vendor-2025 have p ≤ 0.01 on this corpus, which has probability 3e-39. So no p-value on it can be relied on.',
    ]);
  });
});

describe('an empty corpus', () => {
  const page = htmlScanReport(emptySummary(), []);

  it('has no drawing and no table without rows', () => {
    expect(page).not.toContain('<svg');
    for (const { caption, rows } of sortableTables(page)) expect(rows.length, caption).toBeGreaterThan(0);
    expect(page.replace(/<[^>]*>/g, '')).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is inconclusive, and says why in every section', () => {
    expect(verdicts(page)[0]).toMatch(
      /^Inconclusive: .* at least 50 scored tokens are needed under each key\.$/,
    );
    expect(section(page, 'What was scanned')).toContain('No document was read.');
    expect(section(page, 'Share of marked documents')).toContain('no share is estimated');
    expect(section(page, 'Evidence')).toContain('No token was scanned.');
    expect(section(page, 'Failures')).toContain('Every record was read.');
  });
});
