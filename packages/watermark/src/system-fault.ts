const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'exists already and is no directory',
  EFBIG: 'the file would be too large',
  EIO: 'the disk failed to read or write (EIO)',
  EISDIR: 'is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many files are open on this machine',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is not a directory',
  EPERM: 'operation not permitted',
  EPIPE: 'closed by its reader',
  EROFS: 'the file system is read-only',
};

/**
 * Says in plain English what the operating system refused, as `permission denied`: its own sentences name its calls.
 *
 * @param code the error's code, such as `EACCES`; one that is not known is returned as it is.
 */
export function systemFaultInWords(code: string): string {
  return WORDS[code] ?? code;
}
