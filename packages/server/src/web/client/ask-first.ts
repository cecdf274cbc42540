import { button, element } from './element.ts';

/**
 * Asks whether to do something that cannot be undone.
 *
 * @param question what would happen.
 * @param action   the word on the button that does it.
 * @returns whether it was that button; leaving the dialog in any other way is a no.
 */
export function askFirst(question: string, action: string): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = element('dialog', { 'aria-label': question });
    dialog.append(
      element('p', { class: 'question' }, question),
      element(
        'p',
        { class: 'actions' },
        button('Cancel', () => dialog.close()),
        button(action, () => dialog.close('yes'), { class: 'danger' }),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
