"""Annotates records in Python with what `countermark scan --stdin --stdout` finds in them."""

import json
import subprocess
import threading


def annotate(records, options):
    """Yields each record with a field "countermark", in the order given.

    records: dicts, read as the results are taken.
    options: of countermark scan, as ["--key", "/secure/key.json", "--field", "text"].
    Raises CalledProcessError if the command fails; it tells why on standard error.
    """
    command = ["countermark", "scan", "--stdin", "--stdout", *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    failures = []

    # A thread of its own: who writes everything before reading waits for ever once both pipes are full.
    def feed():
        try:
            with process.stdin as pipe:
                for record in records:
                    pipe.write(json.dumps(record).encode() + b"\n")
        except BrokenPipeError:
            pass  # The command has ended, and its status tells why.
        except Exception as failure:
            failures.append(failure)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        for line in process.stdout:
            yield json.loads(line)
        status = process.wait()
        feeder.join()
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    if failures:
        raise failures[0]
    if status != 0:
        raise subprocess.CalledProcessError(status, command)
