import type { Api } from './api.ts';
import { byId } from './element.ts';
import type { ProblemBox } from './problem-box.ts';

interface Example {
  readonly text: string;
  readonly source: string;
}

/** Lets people try a text of the server's: each button of `#examples` names one. */
export function offerExamples(api: Api, problems: ProblemBox, take: (text: string) => void): void {
  const said = byId('example-source', HTMLElement);
  for (const button of byId('examples', HTMLElement).querySelectorAll('button')) {
    button.addEventListener('click', async () => {
      if (button.getAttribute('aria-disabled') === 'true') return;
      problems.clear();
      said.textContent = 'Fetching a text…';
      button.setAttribute('aria-disabled', 'true');
      try {
        const { text, source } = await api.json<Example>(`/v1/examples/${button.dataset['example']}`);
        take(text);
        said.textContent = source;
      } catch (error) {
        said.textContent = '';
        problems.show(error);
      } finally {
        button.removeAttribute('aria-disabled');
      }
    });
  }
}
