/** A file in an archive. */
export interface ArchiveMember {
  readonly name: string;
  /** Bytes, after what the archive itself compresses. */
  readonly size: number;
  /** Where its content, or of a zip its header, starts in the archive. */
  readonly offset: number;
  /** Its content, once. */
  readonly chunks: () => AsyncGenerator<Buffer>;
  /** Why it cannot be read. */
  readonly refusal?: string;
}
