import type { SharedAddress } from './detection.ts';
import { element } from './element.ts';

/** Draws the address of a result, to be given to somebody. */
export function shareView({ path, expires }: SharedAddress): HTMLElement {
  const address = element('input', {
    id: 'shared-address',
    readonly: true,
    value: new URL(path, location.href).href,
    'aria-describedby': 'shared-note',
  });
  const copy = element('button', { type: 'button' }, 'Copy the address');
  const said = element('span', { role: 'status', class: 'note' });
  address.addEventListener('focus', () => address.select());
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(address.value);
      said.textContent = 'Copied.';
    } catch {
      // Browsers give the clipboard to pages of https only.
      address.focus();
      said.textContent = 'Selected: copy it with your keyboard or menu.';
    }
  });
  return element(
    'details',
    { class: 'share' },
    element('summary', {}, 'Give this result to somebody'),
    element('label', { for: 'shared-address' }, 'Address of the result'),
    address,
    element(
      'p',
      { class: 'note', id: 'shared-note' },
      `It shows the verdict and when it was reached, not the text, to whoever has it, until ${day(expires)}. It cannot be taken back.`,
    ),
    element('p', { class: 'actions' }, copy, said),
  );
}

function day(instant: string): string {
  return new Date(instant).toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
}
