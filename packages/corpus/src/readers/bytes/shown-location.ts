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

/** Parts of a query that sign an address, or say until when it is: of S3, CloudFront, Google's and Azure's stores. */
const SIGNING =
  /^(?:x-amz-.*|x-goog-.*|awsaccesskeyid|googleaccessid|signature|expires|policy|key-pair-id|sig|se|sp|st|sv|sr|spr|skoid|sktid|skt|ske|sks|skv|token)$/i;

/** Takes the signature off an address: what is left names the file. A path stays as it is. */
export function withoutSignature(location: string): string {
  if (!/^https?:\/\/[^?]*\?/i.test(location) || !URL.canParse(location)) return location;
  const url = new URL(location);
  const names = [...url.searchParams.keys()].filter((name) => SIGNING.test(name));
  if (names.length === 0) return location;
  for (const name of names) url.searchParams.delete(name);
  return url.href;
}

/** Whether an address holds what may be a secret: a query, or a name and password. */
export function holdsSecret(location: string): boolean {
  return /^https?:\/\/(?:[^/?#]*@|[^#]*\?)/i.test(location);
}
