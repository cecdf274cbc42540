import { formatCount } from '@countermark/report/numbers';
import type { DetectedRegion, DetectedToken, Detection } from './detection.ts';
import { element } from './element.ts';

/** A page with more elements than this becomes slow to scroll. */
const MOST_DRAWN = 5000;
const MOST_ROWS = 1000;
// −log10 P(one unmarked token scores as much): 1 in 2, 1 in 4 (rounded down), 1 in 20, 1 in 100.
const LEVELS = [0.3, 0.6, 1.3, 2];

/** Draws a text with its tokens by colour and underline, grey where not scored, a frame around each region; and as a table. */
export function heatMap(text: string, detection: Detection): HTMLElement {
  const { tokens = [], regions = [] } = detection;
  const drawn = tokens.slice(0, MOST_DRAWN);
  const figure = element('section', { 'aria-labelledby': 'heat-heading' });
  figure.append(
    element('h2', { id: 'heat-heading' }, 'Tokens'),
    legend(),
    element(
      'div',
      {
        class: 'heat',
        role: 'group',
        'aria-label': 'the text, its tokens by how surprising they are',
        dir: 'auto',
      },
      ...framed(pieces(text, drawn), regions),
    ),
  );
  if (tokens.length > drawn.length) {
    const left = formatCount(tokens.length - drawn.length);
    figure.append(element('p', { class: 'note' }, `${left} more tokens were tested and are not drawn.`));
  }
  if (regions.length > 0) {
    const frames = regions.length === 1 ? 'frame is a part' : 'frames are parts';
    figure.append(
      element(
        'p',
        { class: 'note' },
        `The ${frames} in which tokens are marked, by a search that is corrected for.`,
      ),
    );
  }
  figure.append(tokenTable(text, tokens));
  return figure;
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly node: HTMLElement;
}

/** What stands between tokens, as characters do that were removed before the test, is drawn as not scored. */
function pieces(text: string, tokens: readonly DetectedToken[]): Piece[] {
  const found: Piece[] = [];
  let cursor = 0;
  const add = (end: number, className: string, title: string): void => {
    const node = element(
      'span',
      { class: className, ...(title === '' ? {} : { title }) },
      text.slice(cursor, end),
    );
    found.push({ start: cursor, end, node });
    cursor = end;
  };
  for (const [position, token] of tokens.entries()) {
    const { start = 0, end = 0 } = token.characters ?? {};
    if (end <= cursor) continue;
    if (start > cursor) add(start, 'off', '');
    const step = levelOf(token);
    add(end, step < 0 ? 'off' : `l${step}`, `token ${position}: ${inWords(token)}`);
  }
  return found;
}

function framed(all: readonly Piece[], regions: readonly DetectedRegion[]): HTMLElement[] {
  const nodes: HTMLElement[] = [];
  let open: { readonly region: DetectedRegion; readonly mark: HTMLElement } | undefined;
  for (const { start, end, node } of all) {
    const region = regions.find(
      ({ characters }) => characters !== undefined && characters.start < end && characters.end > start,
    );
    if (region === undefined) {
      open = undefined;
      nodes.push(node);
      continue;
    }
    if (open?.region !== region) {
      open = { region, mark: element('mark') };
      nodes.push(open.mark);
    }
    open.mark.append(node);
  }
  return nodes;
}

// 0 to 4 for a scored token, −1 for another.
function levelOf({ status, log10PValue }: DetectedToken): number {
  if (status !== 'scored') return -1;
  return LEVELS.filter((limit) => -(log10PValue ?? -Infinity) >= limit).length;
}

function inWords({ status, log10PValue }: DetectedToken): string {
  if (status !== 'scored') return `not scored, ${status.replaceAll('-', ' ')}`;
  const odds = log10PValue === null ? 'none' : `1 unmarked token in ${(10 ** -log10PValue).toPrecision(3)}`;
  return `scored, ${odds} reaches this`;
}

function legend(): HTMLElement {
  return element(
    'p',
    { class: 'note legend' },
    'How surprising a scored token is without the mark: ',
    ...['1 in 1', '1 in 2', '1 in 4', '1 in 20', '1 in 100'].flatMap((word, i) => [
      element('span', { class: `l${i}` }, word),
      ' ',
    ]),
    element('span', { class: 'off' }, 'grey: not scored'),
  );
}

/** The same for those who do not see colours; made when it is opened. */
function tokenTable(text: string, tokens: readonly DetectedToken[]): HTMLElement {
  const details = element('details', {}, element('summary', {}, 'Tokens as a table'));
  details.addEventListener(
    'toggle',
    () => {
      const rows = tokens.slice(0, MOST_ROWS).map((token, position) => {
        const { characters } = token;
        return element(
          'tr',
          {},
          element('td', { class: 'number' }, String(position)),
          element(
            'td',
            {},
            characters === undefined ? '…' : JSON.stringify(text.slice(characters.start, characters.end)),
          ),
          element('td', {}, inWords(token)),
        );
      });
      const more =
        tokens.length > rows.length ? `, the first ${MOST_ROWS} of ${formatCount(tokens.length)}` : '';
      const head = ['token', 'text', 'counted as'].map((name) => element('th', { scope: 'col' }, name));
      details.append(
        element(
          'div',
          { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'tokens as a table' },
          element(
            'table',
            { class: 'sortable' },
            element('caption', {}, `Tokens${more}`),
            element('thead', {}, element('tr', {}, ...head)),
            element('tbody', {}, ...rows),
          ),
        ),
      );
    },
    { once: true },
  );
  return details;
}
