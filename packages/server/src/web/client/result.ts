import { Api } from './api.ts';
import type { SharedResult } from './detection.ts';
import { byId, element } from './element.ts';
import { ProblemBox } from './problem-box.ts';
import { Session } from './session.ts';
import { verdictView } from './verdict-view.ts';

const api = new Api(new Session());
const place = byId('result', HTMLElement);
const compare = byId('compare', HTMLElement);
const form = byId('compare-form', HTMLFormElement);
const field = byId('compare-text', HTMLTextAreaElement);
const submit = byId('compare-submit', HTMLButtonElement);
const compared = byId('compared', HTMLElement);
const problems = new ProblemBox(byId('result-problem', HTMLElement));
const compareProblems = new ProblemBox(byId('compare-problem', HTMLElement));
let isBusy = false;

/** The id behind the `#`; empty where there is none that could be one. */
function idOfAddress(): string {
  const id = location.hash.slice(1);
  return /^[\w-]+$/.test(id) ? id : '';
}

async function show(): Promise<void> {
  problems.clear();
  compareProblems.clear();
  place.replaceChildren();
  compared.textContent = '';
  compare.hidden = true;
  const id = idOfAddress();
  if (id === '') {
    problems.show(new Error('The address is not whole: what follows the # is missing'));
    return;
  }
  try {
    const result = await api.json<SharedResult>(`/v1/shared-results/${id}`);
    if (id !== idOfAddress()) return;
    place.replaceChildren(verdictView(result), provenance(result));
    compare.hidden = false;
  } catch (error) {
    problems.show(error);
  }
}

function provenance({ tested, expires, keys, untested = 0 }: SharedResult): HTMLElement {
  const of = keys === 1 ? 'one public key' : `${keys} public keys`;
  const left = untested === 0 ? '' : `; for ${untested} more it was not tested`;
  return element(
    'p',
    { class: 'note' },
    `Tested on ${inWords(tested)} for ${of} of this server${left}. This address opens until ${inWords(expires)}.`,
  );
}

// The same for everybody who reads it, wherever they are.
function inWords(instant: string): string {
  const time = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;
  return `${new Date(instant).toLocaleString('en-GB', time)} UTC`;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (isBusy) return;
  compareProblems.clear();
  compared.textContent = '';
  if (field.value.trim() === '') {
    compareProblems.show(new Error('There is no text yet: paste the one that you want to compare'));
    return;
  }
  isBusy = true;
  submit.setAttribute('aria-disabled', 'true');
  try {
    const { same } = await api.json<{ readonly same: boolean }>(
      `/v1/shared-results/${idOfAddress()}/comparisons`,
      { method: 'POST', json: { text: field.value } },
    );
    compared.textContent = same
      ? 'Yes: this is the text that was tested.'
      : 'No: another text was tested. A single letter or sign more or less is enough to make it another.';
  } catch (error) {
    compareProblems.show(error);
  } finally {
    isBusy = false;
    submit.removeAttribute('aria-disabled');
  }
});
addEventListener('hashchange', () => void show());
void show();
