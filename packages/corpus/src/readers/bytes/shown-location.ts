/**
 * Writes a location for people: an address without what its query, fragment and credentials may hold, which are secrets where links are
 * signed; a path as it is.
 */
export function shownLocation(location: string): string {
  if (!/^https?:\/\//i.test(location)) return location;
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^(https?:\/\/)([^/?#]*)([^?#]*)([?#].*)?$/is.exec(location) ?? [];
  return `${scheme}${authority.slice(authority.lastIndexOf('@') + 1)}${path}${query === '' ? '' : '?…'}`;
}
