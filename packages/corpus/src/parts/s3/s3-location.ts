/** A place in a store: objects whose names begin with a prefix. */
export interface S3Location {
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
}

/** Whether a location is in a store rather than a path. */
export function isS3Location(location: string): boolean {
  return /^s3:/i.test(location);
}

/**
 * Takes apart `s3://bucket` or `s3://bucket/prefix`.
 *
 * @throws {RangeError} if it is neither. What was given is not repeated: people put credentials into addresses.
 */
export function parseS3Location(location: string): S3Location {
  const [, bucket, path = ''] = /^s3:\/\/([A-Za-z0-9][\w.-]*)(?:\/(.*))?$/is.exec(location) ?? [];
  const segments = path.replace(/\/$/, '').split('/');
  // Addresses cannot say these segments: they would be left out on the way.
  const isSayable = path === '' || segments.every((segment) => !['', '.', '..'].includes(segment));
  if (bucket === undefined || !isSayable) {
    throw new RangeError('"location" expected s3://bucket or s3://bucket/prefix, got another address');
  }
  return { bucket, prefix: path === '' ? '' : `${segments.join('/')}/` };
}

/** Writes the name of an object as it stands in an address that is signed: its slashes as they are, all else as RFC 3986 has it. */
export function encodeName(name: string): string {
  return name
    .split('/')
    .map((segment) =>
      encodeURIComponent(segment).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
}
