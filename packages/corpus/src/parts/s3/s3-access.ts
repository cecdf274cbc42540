/** How an S3-compatible store is reached, and on whose behalf. Holds secrets: it stays inside the process. */
export interface S3Access {
  /** Address of the store, http(s), to which `/bucket/name` is added. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that expire. */
  readonly sessionToken?: string;
}
