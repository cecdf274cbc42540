import { type Api, ApiError } from './api.ts';
import { byId } from './element.ts';
import { ProblemBox } from './problem-box.ts';
import type { Session } from './session.ts';

/** Lets people sign in with an API key, and out again. */
export function signInForm(session: Session, api: Api): void {
  const details = byId('sign-in', HTMLDetailsElement);
  const form = byId('sign-in-form', HTMLFormElement);
  const field = byId('api-key', HTMLInputElement);
  const signOut = byId('sign-out', HTMLButtonElement);
  const problems = new ProblemBox(byId('sign-in-problem', HTMLElement));

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const apiKey = field.value.trim();
    problems.clear();
    if (!/^[\x21-\x7e]+$/.test(apiKey)) {
      problems.show(new Error('Paste an API key: it begins with cmk_'));
      return;
    }
    try {
      await api.check(apiKey);
    } catch (error) {
      problems.show(error);
      return;
    }
    field.value = '';
    details.open = false;
    session.signIn(apiKey);
    signOut.focus();
  });
  signOut.addEventListener('click', () => {
    session.signOut();
    details.querySelector('summary')?.focus();
  });
  session.follow(() => {
    const isSignedIn = session.apiKey !== undefined;
    details.hidden = isSignedIn;
    signOut.hidden = !isSignedIn;
  });
}

/** Whether an error says that the API key may not do this, so that there is nothing to show. */
export function isNotAllowed(error: unknown): boolean {
  return error instanceof ApiError && [403, 404].includes(error.problem.status);
}
