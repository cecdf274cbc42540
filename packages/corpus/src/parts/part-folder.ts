/** Where files of parts lie, by their names: what {@link PartStore} needs of a directory or of a bucket. */
export interface PartFolder {
  /** Says where a file is, for people. */
  locate(name: string): string;
  /** Names of the files, in any order. */
  list(): Promise<string[]>;
  /** Reads a file whole; undefined if there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /**
   * Writes a file at once and whole, unless there is one already.
   *
   * @param label what the file is, in printable ASCII, which the store keeps beside it where it can: see {@link vouch}.
   */
  publish(name: string, bytes: Uint8Array, label?: string): Promise<void>;
  /**
   * Asks for the label of a file whose bytes are those that were published with it, by the store's own word and without reading them.
   *
   * @returns undefined if the store cannot tell, or there is no such file.
   */
  vouch(name: string): Promise<string | undefined>;
  remove(name: string): Promise<void>;
}
