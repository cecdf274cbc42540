/** What the process's exit status says. */
export const ExitCode = {
  ran: 0,
  /** `--fail-on detected`: a mark was detected. */
  detected: 1,
  /** `check`: something in a result is not as it says. */
  checkFailed: 1,
  /** The command line or what it names cannot be used as it is. */
  usage: 2,
  /** `--fail-on inconclusive`: too few tokens were scored. */
  inconclusive: 3,
  /** Parts of a scan are missing or do not fit, or an input has changed since it was planned. */
  unfit: 4,
  /** A fault of ours. */
  internal: 70,
  /** Reading or writing failed: a full disk, a closed pipe. */
  io: 74,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** One of the {@link ExitCode} values. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
