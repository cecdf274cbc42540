import { ApiError } from './api.ts';
import { element } from './element.ts';

/** A place on the page where what went wrong is said, and that takes the focus to be read. */
export class ProblemBox {
  readonly #place: HTMLElement;

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  clear(): void {
    this.#place.replaceChildren();
  }

  /** Says what went wrong; nothing where a request was given up on purpose. */
  show(error: unknown): void {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    const { title, detail, instance } =
      error instanceof ApiError
        ? error.problem
        : {
            title: 'That did not succeed',
            detail: error instanceof Error ? error.message : '',
            instance: '',
          };
    const box = element(
      'div',
      { class: 'problem', role: 'alert', tabindex: -1 },
      element('strong', {}, title),
      element('p', {}, sentence(detail)),
    );
    if (instance !== '') box.append(element('p', { class: 'note' }, `Request ${instance}`));
    this.#place.replaceChildren(box);
    box.focus();
  }
}

function sentence(detail: string): string {
  const text = detail.charAt(0).toUpperCase() + detail.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
