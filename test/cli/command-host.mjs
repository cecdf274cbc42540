// Runs the built command again and again in one process, which loads it once. Told by messages, answers by messages.
import { faultTeller, runCommand } from '../../packages/cli/dist/run-command.js';

const [version] = process.argv.slice(2);

/** Collects what is written to a stream meanwhile. */
function collect(stream) {
  const { write } = stream;
  const chunks = [];
  stream.write = (chunk, encoding, done) => {
    chunks.push(Buffer.from(chunk));
    const told = typeof encoding === 'function' ? encoding : done;
    if (told !== undefined) queueMicrotask(() => told());
    return true;
  };
  return () => {
    stream.write = write;
    return Buffer.concat(chunks).toString();
  };
}

process.on('message', async ({ args, cwd }) => {
  process.chdir(cwd);
  process.argv = [...process.argv.slice(0, 2), ...args];
  const stdout = collect(process.stdout);
  const stderr = collect(process.stderr);
  await runCommand(version, args, faultTeller());
  const status = process.exitCode ?? 0;
  process.exitCode = undefined;
  process.send({ status, stdout: stdout(), stderr: stderr() });
});
