/** How an S3-compatible store is reached, and on whose behalf. Holds secrets: it stays inside the process. */
export interface S3Access {
  /** Address of the store, http(s), to which `/bucket/name` is added. */
  readonly endpoint: string;
  readonly region: string;
  /** Without these two, credentials are found where the tools of AWS find them, and new ones before they expire. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Of credentials that expire. */
  readonly sessionToken?: string;
}
