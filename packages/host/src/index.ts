export {
  codeOf,
  nameFile,
  type OnceOptions,
  putInPlace,
  putOnce,
  removeStale,
  syncDirectory,
  syncFile,
  temporaryBeside,
  writeThrough,
  writeWhole,
  writeWholeOnce,
} from './files/write-whole.ts';
export { type FileLock, FileLockedError, FileLostError, lockFile } from './locks/file-lock.ts';
export {
  isPassingStatus,
  type Passing,
  Patience,
  passingOf,
  type RepeatOptions,
  repeat,
  retryAfterMs,
} from './repeat.ts';
export type { ErrorClasses } from './threads/carried-error.ts';
export { programBeside, type ThreadProgram } from './threads/program.ts';
export { type CallOptions, ProgramThread, ThreadDied } from './threads/program-thread.ts';
export { type ServedProgram, serveThread } from './threads/serve-thread.ts';
export { ThreadPool, type ThreadPoolOptions } from './threads/thread-pool.ts';
export { TimedOut, type TimeLimits, type WatchedOptions, watchedCall } from './threads/watched-call.ts';
export { CLOCK_BYTES, TimeIsUp, Watchdog, WorkClock } from './threads/work-clock.ts';
