import { formatLevel, formatPValue } from '@countermark/report/numbers';
import type { AccountTrace } from './detection.ts';
import { element } from './element.ts';

/** Draws which of the accounts that were asked for a text names. */
export function accountsView({ verdict, named, alpha }: AccountTrace): HTMLElement {
  const view = element('section', { 'aria-labelledby': 'accounts-heading' });
  view.append(element('h2', { id: 'accounts-heading' }, 'Accounts'));
  if (verdict === 'inconclusive') {
    view.append(element('p', {}, 'Inconclusive: the text is too short to name any account.'));
  } else if (verdict === 'none-named') {
    view.append(
      element('p', {}, `No account is named at level ${formatLevel(alpha)}. This clears none of them.`),
    );
  } else {
    const rows = named.map(({ account, log10PValue }) =>
      element(
        'tr',
        {},
        element('td', {}, element('span', { class: 'name' }, account)),
        element('td', { class: 'number' }, formatPValue(log10PValue ?? -Infinity)),
      ),
    );
    view.append(
      element(
        'div',
        { class: 'wide' },
        element(
          'table',
          { class: 'sortable' },
          element('caption', {}, `Named at level ${formatLevel(alpha)}, corrected for every account issued`),
          element(
            'thead',
            {},
            element(
              'tr',
              {},
              element('th', { scope: 'col' }, 'account'),
              element('th', { scope: 'col', class: 'number' }, 'p-value'),
            ),
          ),
          element('tbody', {}, ...rows),
        ),
      ),
    );
  }
  view.append(
    element(
      'p',
      { class: 'note' },
      'A name says that this account’s code left a mark in the text, not who passed the text on.',
    ),
  );
  return view;
}
