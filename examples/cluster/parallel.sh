#!/bin/sh
# Scans a corpus with GNU parallel: as many tasks at once as there are cores, each on one of them.
#
#   ./parallel.sh TASKS KEY OUT PATH... [options of countermark plan]
#
# On several machines that see the same files: PARALLEL='--sshloginfile hosts' ./parallel.sh ...
set -eu
tasks=$1 key=$(realpath "$2") out=$(realpath -m "$3")
shift 3

countermark plan "$@" --key "$key" --out "$out"
seq 0 "$((tasks - 1))" | parallel --quote --halt soon,fail=1 \
  countermark scan --manifest "$out/manifest.json" --key "$key" --task {} --tasks "$tasks" --threads 1
countermark merge --manifest "$out/manifest.json" --key "$key"
