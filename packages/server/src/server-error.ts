/** What a server may refuse; renaming one is a breaking change. */
export type ServerErrorCode =
  /** A setting is wrong. */
  | 'settings-invalid'
  /** Another process has the data directory. */
  | 'directory-locked'
  /** Another process has taken the data directory over. */
  | 'directory-lost'
  /** A later release has changed the tables. */
  | 'schema-newer'
  /** A change contradicts the vendor's keys that are there. */
  | 'key-conflict'
  /** The master key is missing or malformed. */
  | 'master-key-invalid'
  /** A sealed secret does not open. */
  | 'seal-broken'
  /** A backup cannot be made or restored as it was asked for. */
  | 'restore-refused'
  /** The database does not answer for now. */
  | 'database-away'
  /** Another process changes the tables. */
  | 'database-busy'
  /** There is no room on a disk. */
  | 'no-room';

/** What whoever runs a server can mend; a fault of ours is any other error. The message never holds a secret. */
export abstract class ServerError extends Error {
  /** The stable code of the failure. */
  abstract readonly code: ServerErrorCode;
}
