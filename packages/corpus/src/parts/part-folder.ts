/** Where files of parts lie, by their names: what {@link PartStore} needs of a directory or of a bucket. */
export interface PartFolder {
  /** Says where a file is, for people. */
  locate(name: string): string;
  /** Names of the files, in any order. */
  list(): Promise<string[]>;
  /** Reads a file whole; undefined if there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Writes a file at once and whole, unless there is one already. */
  publish(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}
