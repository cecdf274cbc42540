#!/bin/sh
# Scans a corpus as Slurm jobs: one plans, an array of TASKS scans, one merges.
#
#   ./submit.sh TASKS KEY OUT PATH... [options of countermark plan]
#
# KEY, OUT and PATH are in a file system that all nodes see. Only names of files are passed on, never a key.
set -eu
tasks=$1 key=$(realpath "$2") out=$(realpath -m "$3")
shift 3
jobs=$(realpath "$(dirname "$0")")

submit() {
  # With federated clusters the id is followed by the cluster's name.
  sbatch --parsable --kill-on-invalid-dep=yes "$@" | cut -d ';' -f 1
}

plan=$(submit "$jobs/plan.sbatch" "$key" "$out" "$@")
scan=$(submit --dependency="afterok:$plan" --array="0-$((tasks - 1))" "$jobs/scan.sbatch" "$key" "$out" "$tasks")
merge=$(submit --dependency="afterok:$scan" "$jobs/merge.sbatch" "$key" "$out")
echo "plan $plan, scan $scan, merge $merge"
