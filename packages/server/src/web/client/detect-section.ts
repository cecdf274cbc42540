import { formatCount } from '@countermark/report/numbers';
import { accountsView } from './accounts-view.ts';
import type { Api } from './api.ts';
import type { Detection, PublicDetection } from './detection.ts';
import { byId, element } from './element.ts';
import { evidenceCurve } from './evidence-curve.ts';
import { offerExamples } from './examples.ts';
import { heatMap } from './heat-map.ts';
import { ProblemBox } from './problem-box.ts';
import type { Session } from './session.ts';
import { shareView } from './share-view.ts';
import { readTextFile } from './text-file.ts';
import { verdictView } from './verdict-view.ts';

interface KnownKey {
  readonly keyId: string;
  readonly label: string;
  readonly status: string;
}

/** Lets people test a text: pasted, chosen as a file or dropped. */
export function detectSection(session: Session, api: Api): void {
  const form = byId('detect-form', HTMLFormElement);
  const field = byId('text', HTMLTextAreaElement);
  const file = byId('file', HTMLInputElement);
  const size = byId('text-size', HTMLElement);
  const accounts = byId('accounts', HTMLTextAreaElement);
  // There where the server has registered accounts.
  const slots = document.querySelector<HTMLInputElement>('#account-slots');
  const keyId = byId('key-id', HTMLInputElement);
  const knownKeys = byId('known-keys', HTMLElement);
  const more = byId('more', HTMLDetailsElement);
  const submit = byId('detect', HTMLButtonElement);
  const verdict = byId('verdict', HTMLElement);
  const evidence = byId('evidence', HTMLElement);
  const problems = new ProblemBox(byId('detect-problem', HTMLElement));
  const lead = byId('lead', HTMLElement);
  const publicAmount = byId('public-amount', HTMLElement);
  const leadForAnybody = lead.textContent;
  let isBusy = false;

  const clear = (): void => {
    problems.clear();
    verdict.replaceChildren();
    evidence.replaceChildren();
  };
  const count = (): void => {
    size.textContent = field.value === '' ? '' : `${formatCount(field.value.length)} characters`;
  };
  const take = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return;
    clear();
    try {
      field.value = await readTextFile(chosen);
      count();
      submit.focus();
    } catch (error) {
      problems.show(error);
    }
  };
  const test = async (text: string): Promise<void> => {
    const isSignedIn = session.apiKey !== undefined;
    const ids = accounts.value
      .split('\n')
      .map((id) => id.trim())
      .filter((id) => id !== '');
    const chosen = keyId.value.trim();
    const asked = {
      ...(chosen === '' ? {} : { keyIds: [chosen] }),
      ...(ids.length === 0 ? {} : { accounts: { ids } }),
      ...(slots?.checked === true ? { accountSlots: { registered: true } } : {}),
    };
    const forAnybody = form.dataset['share'] === undefined ? { text } : { text, share: true };
    const request = isSignedIn ? { text, regions: true, tokens: true, curve: true, ...asked } : forAnybody;
    const detection = await api.json<Detection | PublicDetection>('/v1/detections', {
      method: 'POST',
      json: request,
    });
    verdict.replaceChildren(verdictView(detection));
    if (detection.object !== 'detection') {
      if (detection.shared !== undefined) verdict.append(shareView(detection.shared));
      return;
    }
    if (detection.accounts !== undefined) evidence.append(accountsView(detection.accounts));
    if (detection.curve !== undefined) evidence.append(evidenceCurve(detection.curve, detection.alpha));
    if (detection.tokens !== undefined) evidence.append(heatMap(text, detection));
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isBusy) return;
    clear();
    if (field.value.trim() === '') {
      problems.show(new Error('There is no text yet: paste one, or choose a file'));
      return;
    }
    isBusy = true;
    submit.textContent = 'Testing…';
    submit.setAttribute('aria-disabled', 'true');
    try {
      await test(field.value);
    } catch (error) {
      problems.show(error);
    } finally {
      isBusy = false;
      submit.textContent = 'Test this text';
      submit.removeAttribute('aria-disabled');
    }
  });
  field.addEventListener('input', count);
  offerExamples(api, problems, (text) => {
    clear();
    field.value = text;
    count();
    submit.focus();
  });
  file.addEventListener('change', async () => {
    await take(file.files?.[0]);
    file.value = '';
  });
  form.addEventListener('dragover', (event) => {
    event.preventDefault();
    form.classList.add('dropping');
  });
  form.addEventListener('dragleave', () => form.classList.remove('dropping'));
  form.addEventListener('drop', async (event) => {
    event.preventDefault();
    form.classList.remove('dropping');
    await take(event.dataTransfer?.files[0]);
  });
  session.follow(() => {
    lead.textContent =
      session.apiKey === undefined ? leadForAnybody : 'The text is tested for the keys of this server.';
    more.hidden = session.apiKey === undefined;
    publicAmount.hidden = session.apiKey !== undefined;
    if (session.apiKey !== undefined) {
      void offerKeys(api, knownKeys);
      return;
    }
    keyId.value = '';
    knownKeys.replaceChildren();
    accounts.value = '';
    if (slots !== null) slots.checked = false;
    clear();
  });
  // A browser may have kept what was typed before a reload.
  count();
}

/** Offers the keys that there are: to administrators all, to others those that are public. */
async function offerKeys(api: Api, list: HTMLElement): Promise<void> {
  for (const [path, member] of [
    ['/v1/keys', 'data'],
    ['/.well-known/countermark.json', 'keys'],
  ] as const) {
    try {
      const { [member]: keys = [] } =
        await api.json<Readonly<Partial<Record<string, readonly KnownKey[]>>>>(path);
      list.replaceChildren(
        ...keys.map(({ keyId, label, status }) => element('option', { value: keyId }, `${label}, ${status}`)),
      );
      return;
    } catch {
      // Whoever may not list them can still write an id.
    }
  }
}
