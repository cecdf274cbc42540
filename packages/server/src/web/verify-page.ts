import { escapeHtml } from '@countermark/report';
import { formatCount, wordsOfTokens } from '@countermark/report/numbers';
import { meaningSection } from './meaning-section.ts';
import { pageLayout } from './page-layout.ts';

/** What the page says of its server. */
export interface VerifyPage {
  /** Labels of the keys that anybody may test texts for. */
  readonly publicKeys: readonly string[];
  /** Whether people without an API key may test texts. */
  readonly isPublic: boolean;
  /** Different tuples that a text needs to be tested by anybody; undefined where there is no public key. */
  readonly minTokens: number | undefined;
  readonly maxCharacters: number;
  /** Detections of one client in an hour. */
  readonly budget: number;
  /** Whether there is a marked text to try. */
  readonly hasMarkedExample: boolean;
  /** Whether accounts are registered, whose slots may be tested too. */
  readonly hasAccounts: boolean;
  /** Whether results have addresses. */
  readonly isShared: boolean;
  readonly version: string;
}

// Fields have no names: without the script nothing of a form could be sent, least of all in an address.
const SIGN_IN = `<details id="sign-in">
<summary>Sign in</summary>
<form id="sign-in-form" class="popover" autocomplete="off">
<div id="sign-in-problem"></div>
<label for="api-key">API key</label>
<input id="api-key" type="password" autocomplete="off" spellcheck="false" aria-describedby="api-key-note">
<p class="note" id="api-key-note">Kept in this tab until it is closed.</p>
<p class="actions"><button class="primary" type="submit">Sign in</button></p>
</form>
</details>
<button id="sign-out" type="button" hidden>Sign out</button>
`;

const ACCOUNT_SLOTS = `<label class="check"><input id="account-slots" type="checkbox" aria-describedby="account-slots-note"> Test account slots too</label>
<p class="note" id="account-slots-note">For the mark of any registered account: it may show a mark in a shorter text. It names nobody.</p>
`;

const detectForm = (
  page: VerifyPage,
): string => `<form id="detect-form" aria-label="test a text"${page.isShared ? ' data-share' : ''}>
<div class="field-head"><label for="text">Text</label><span id="text-size" class="note"></span></div>
<textarea id="text" rows="9" spellcheck="false" aria-describedby="text-note"></textarea>
<p class="note" id="text-note">Paste a text, drop a file here, or choose one: .txt, .md, or .json with one text. <span id="public-amount">${amountOfText(page)}</span></p>
<p id="examples" class="actions"><span>Or try:</span>${page.hasMarkedExample ? '<button type="button" data-example="marked">a marked text</button>' : ''}<button type="button" data-example="unmarked">a text without a mark</button></p>
<p id="example-source" class="note" role="status"></p>
<details id="more" hidden>
<summary>Choose a key, trace accounts</summary>
<label for="key-id">Key</label>
<input id="key-id" list="known-keys" autocomplete="off" spellcheck="false" aria-describedby="key-id-note">
<datalist id="known-keys"></datalist>
<p class="note" id="key-id-note">Id of the key to test for; all keys where it is empty. Accounts belong to one key.</p>
<label for="accounts">Account ids, one a line</label>
<textarea id="accounts" rows="4" spellcheck="false" aria-describedby="accounts-note"></textarea>
<p class="note" id="accounts-note">Give all accounts that were issued a code. Needs the scope trace.</p>
${page.hasAccounts ? ACCOUNT_SLOTS : ''}</details>
<p class="actions">
<button id="detect" class="primary" type="submit">Test this text</button>
<label class="file">Choose a file<input id="file" type="file" accept=".txt,.text,.md,.markdown,.json"></label>
</p>
</form>
<div id="detect-problem"></div>
<div id="verdict" role="status" aria-live="polite" aria-label="verdict"></div>
<div id="evidence"></div>
`;

const SCANS = `<section id="scans" aria-labelledby="scans-heading" hidden>
<h2 id="scans-heading">Scans</h2>
<p>Test every document of a corpus, and get a report.</p>
<form id="scan-form" aria-label="submit a scan">
<label for="scan-file">Corpus</label>
<input id="scan-file" type="file" aria-describedby="scan-note">
<p class="note" id="scan-note">JSON Lines, CSV, TSV, Parquet, Arrow or text; may be compressed.</p>
<p class="actions"><button id="scan-submit" class="primary" type="submit">Scan this file</button></p>
</form>
<div id="scan-problem"></div>
<p id="scan-said" role="status" tabindex="-1"></p>
<ul id="scan-list" class="plain" aria-label="scans"></ul>
<p id="no-scans" class="note">No scan yet.</p>
</section>
`;

const KEYS = `<section id="keys" aria-labelledby="keys-heading" hidden>
<h2 id="keys-heading">Keys</h2>
<p>A key’s secret is made on the server and never leaves it.</p>
<div id="key-problem"></div>
<p id="key-said" role="status" tabindex="-1"></p>
<div class="wide" tabindex="0" role="region" aria-label="table of keys">
<table class="sortable keys">
<caption>Active keys mark; retired ones only detect</caption>
<thead><tr><th scope="col">label</th><th scope="col">id</th><th scope="col">status</th><th scope="col">for</th><th scope="col">made</th><th scope="col">change</th></tr></thead>
<tbody id="key-rows"></tbody>
</table>
</div>
<details>
<summary>Make a key</summary>
<form id="key-form" aria-label="make a key">
<label for="key-label">Label</label>
<input id="key-label" required pattern="[a-z0-9][a-z0-9._\\-]{0,63}" autocomplete="off" spellcheck="false" aria-describedby="key-label-note">
<p class="note" id="key-label-note">What the key is for: a-z, 0-9, dots, dashes and underscores.</p>
<label for="key-tokenizer">Tokenizer</label>
<input id="key-tokenizer" required value="o200k_base" autocomplete="off" spellcheck="false">
<label class="check"><input id="key-public" type="checkbox"> Anybody may test texts for it</label>
<p class="actions"><button class="primary" type="submit">Make a key</button></p>
</form>
</details>
</section>
`;

/** Renders the page on which people test texts, and those with an API key see evidence, scans and keys. */
export function verifyPage(page: VerifyPage): string {
  const { publicKeys, isPublic, version } = page;
  return pageLayout({
    title: 'Countermark: test a text for a watermark',
    header: SIGN_IN,
    main: `<h1>Does this text carry a watermark?</h1>
<p class="lead" id="lead">${whatIsTested(publicKeys, isPublic)}</p>
<noscript><p class="problem">This page needs JavaScript. The <a href="/docs">API</a> does without.</p></noscript>
${detectForm(page)}${meaningSection()}${SCANS}${KEYS}`,
    scripts: ['main.js'],
    version,
  });
}

function amountOfText({ isPublic, minTokens, maxCharacters, budget }: VerifyPage): string {
  const most = `It may have up to ${formatCount(maxCharacters)} characters.`;
  if (!isPublic || minTokens === undefined) return most;
  return `A text needs some ${wordsOfTokens(minTokens)} words of English that do not repeat themselves: a shorter one is not tested. ${most} You may test ${formatCount(budget)} texts an hour; a long one counts as several, and the same passages are tested a few times only.`;
}

function whatIsTested(publicKeys: readonly string[], isPublic: boolean): string {
  if (!isPublic) return 'Sign in with an API key to test a text for the keys of this server.';
  if (publicKeys.length === 0)
    return 'This server has no public key: sign in with an API key to test a text.';
  const names = publicKeys.map((label) => escapeHtml(label));
  const [last] = names.slice(-1);
  const list = names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
  return `Paste the text and press “Test this text”. It is sent to this server alone, tested for the ${names.length === 1 ? 'mark of the public key' : 'marks of the public keys'} ${list}, and not kept.`;
}
