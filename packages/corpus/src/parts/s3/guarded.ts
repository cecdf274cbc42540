const LOCAL = /^http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/;

/** Whether nobody on the way reads what is sent to an origin: it goes over TLS, or stays on this machine. */
export function isGuarded(origin: string): boolean {
  return origin.startsWith('https:') || LOCAL.test(origin);
}
