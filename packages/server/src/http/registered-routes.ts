import type { Express } from 'express';

/** HTTP defines nine; what is registered for more is for every method that Node.js knows. */
const MOST_METHODS = 9;

/** A method and path that the server answers. */
export interface RegisteredRoute {
  /** In lower case; `all` where it is any. */
  readonly method: string;
  /** As OpenAPI writes it. */
  readonly path: string;
}

/** Lists what an app answers, from its own tables. What it registers for the other methods of a path only refuses them. */
export function registeredRoutes(app: Express): RegisteredRoute[] {
  const all = app.router.stack.flatMap(({ route }) => {
    if (route === undefined) return [];
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    const methods = new Set(route.stack.map(({ method }) => method));
    return (methods.size > MOST_METHODS ? ['all'] : [...methods]).map((method) => ({ method, path }));
  });
  const named = new Set(all.filter(({ method }) => method !== 'all').map(({ path }) => path));
  return all.filter(({ method, path }) => method !== 'all' || !named.has(path));
}
