import type { Api } from './api.ts';
import { askFirst } from './ask-first.ts';
import { button, byId, element } from './element.ts';
import { ProblemBox } from './problem-box.ts';
import type { Session } from './session.ts';
import { isNotAllowed } from './sign-in-form.ts';

interface Key {
  readonly keyId: string;
  readonly label: string;
  readonly status: 'active' | 'retired';
  readonly public: boolean;
  readonly params: {
    readonly tokenizer: { readonly name: string };
    readonly scheme: { readonly kind: string };
  };
  readonly created: string;
}

/** Lets administrators list, make, rotate and retire keys. */
export function keysSection(session: Session, api: Api): void {
  const section = byId('keys', HTMLElement);
  const rows = byId('key-rows', HTMLElement);
  const form = byId('key-form', HTMLFormElement);
  const label = byId('key-label', HTMLInputElement);
  const tokenizer = byId('key-tokenizer', HTMLInputElement);
  const isPublic = byId('key-public', HTMLInputElement);
  const said = byId('key-said', HTMLElement);
  const problems = new ProblemBox(byId('key-problem', HTMLElement));

  const load = async (): Promise<void> => {
    const { data } = await api.json<{ readonly data: readonly Key[] }>('/v1/keys');
    if (session.apiKey === undefined) return;
    rows.replaceChildren(...data.map((key) => keyRow(key, change)));
    section.hidden = false;
  };
  const attempt = async (work: () => Promise<string>): Promise<void> => {
    problems.clear();
    said.textContent = '';
    try {
      const done = await work();
      await load();
      said.textContent = done;
      // What was pressed may be gone.
      said.focus();
    } catch (error) {
      problems.show(error);
    }
  };
  const change = async ({ keyId, label: name }: Key, how: 'rotate' | 'retire'): Promise<void> => {
    const question =
      how === 'rotate'
        ? `Replace the key of ${name} by a new one? The old one marks no more, and still detects.`
        : `Retire the key of ${name}? It marks no more, and still detects. This cannot be undone.`;
    if (!(await askFirst(question, how === 'rotate' ? 'Rotate' : 'Retire'))) return;
    await attempt(async () => {
      await api.send(`/v1/keys/${keyId}/${how}`, { method: 'POST' });
      return how === 'rotate' ? `${name} has a new key.` : `${name} has no active key now.`;
    });
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    await attempt(async () => {
      const name = label.value.trim();
      const json = { label: name, tokenizer: tokenizer.value.trim(), public: isPublic.checked };
      await api.send('/v1/keys', { method: 'POST', json });
      form.reset();
      return `${name} has a key now.`;
    });
  });
  session.follow(async () => {
    section.hidden = true;
    rows.replaceChildren();
    if (session.apiKey === undefined) return;
    try {
      await load();
    } catch (error) {
      if (isNotAllowed(error)) return;
      section.hidden = false;
      problems.show(error);
    }
  });
}

function keyRow(key: Key, change: (key: Key, how: 'rotate' | 'retire') => Promise<void>): HTMLElement {
  const { keyId, label, status, params, created } = key;
  const actions = element('td', { class: 'actions' });
  if (status === 'active') {
    actions.append(
      button('Rotate', () => void change(key, 'rotate'), { 'aria-label': `Rotate ${label}` }),
      button('Retire', () => void change(key, 'retire'), { 'aria-label': `Retire ${label}` }),
    );
  }
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, label),
    element('td', {}, element('code', { title: keyId }, `${keyId.slice(0, 8)}…`)),
    element('td', {}, key.public ? `${status}, public` : status),
    element('td', {}, `${params.tokenizer.name}, ${params.scheme.kind}`),
    element('td', {}, created.slice(0, 10)),
    actions,
  );
}
