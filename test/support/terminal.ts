/** A pseudo-terminal, and what a person sees on it. */
import { spawn } from 'node:child_process';

/** What came of a program on a terminal. */
export interface OnTerminal {
  readonly status: number;
  /** Standard output, which is no terminal. */
  readonly stdout: string;
  /** Everything that was written to the terminal, with its control characters. */
  readonly written: string;
}

// Python's are the pseudo-terminals that every machine with Python has; Node has none.
const DRIVER = `
import fcntl, os, struct, subprocess, sys, termios
master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
program = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stderr=slave)
os.close(slave)
while True:
    try:
        piece = os.read(master, 65536)
    except OSError:
        break
    if not piece:
        break
    os.write(2, piece)
sys.exit(program.wait())
`;

/** Runs a program with standard error on a terminal of so many columns; 0 are those of one that does not say. */
export function runOnTerminal(columns: number, program: readonly string[]): Promise<OnTerminal> {
  const child = spawn('python3', ['-c', DRIVER, String(columns), ...program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TERM: 'xterm' },
  });
  const stdout: Buffer[] = [];
  const written: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => written.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) =>
      resolve({
        status: status ?? -1,
        stdout: Buffer.concat(stdout).toString(),
        written: Buffer.concat(written).toString(),
      }),
    );
  });
}

/**
 * Returns the lines that are on a terminal after a text was written, which wraps at its last column.
 *
 * @throws {Error} at a control sequence other than wiping the rest of a line.
 */
export function screenAfter(written: string, columns: number): string[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let column = 0;
  const feed = (): void => {
    rows.push(row);
    row = [];
  };
  for (const letter of written.replaceAll('\u001b[K', WIPE)) {
    if (letter === '\r') column = 0;
    else if (letter === WIPE) row.length = column;
    else if (letter === '\n') feed();
    else if (/\p{Cc}/u.test(letter)) throw new Error(`unexpected ${JSON.stringify(letter)}`);
    else {
      if (column === columns) {
        feed();
        column = 0;
      }
      row[column++] = letter;
    }
  }
  feed();
  return rows.map((letters) => Array.from(letters, (letter) => letter ?? ' ').join(''));
}

/** One letter in the place of the sequence that wipes the rest of a line. */
const WIPE = '\ue000';
