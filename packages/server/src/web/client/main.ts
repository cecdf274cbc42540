import { Api } from './api.ts';
import { detectSection } from './detect-section.ts';
import { keysSection } from './keys-section.ts';
import { scansSection } from './scans-section.ts';
import { Session } from './session.ts';
import { signInForm } from './sign-in-form.ts';

const session = new Session();
const api = new Api(session);
signInForm(session, api);
detectSection(session, api);
scansSection(session, api);
keysSection(session, api);
