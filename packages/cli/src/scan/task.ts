import { CommandError } from '../command-error.ts';

/** Which part of the work is this process's. */
export interface Task {
  readonly task: number;
  readonly tasks: number;
}

/**
 * Finds which task this is: as said, or as Slurm's job array or Kubernetes' indexed job say.
 *
 * @param task        `--task`, from 0.
 * @param tasks       `--tasks`; indices of a Slurm array are then taken as they are, and else from its first.
 * @param environment variables of the process.
 * @returns undefined if nothing says that the work is shared.
 * @throws {CommandError} if the two do not go together.
 */
export function findTask(
  task: number | undefined,
  tasks: number | undefined,
  environment: NodeJS.ProcessEnv,
): Task | undefined {
  const { SLURM_ARRAY_TASK_ID, SLURM_ARRAY_TASK_MIN, SLURM_ARRAY_TASK_COUNT, JOB_COMPLETION_INDEX } =
    environment;
  if (task === undefined && tasks === undefined && SLURM_ARRAY_TASK_ID === undefined) return undefined;
  // An array that is a plan's whole may start anywhere. Of one that is told how many there are, only some may run again.
  const arrayStart = tasks === undefined ? Number(SLURM_ARRAY_TASK_MIN ?? 0) : 0;
  const index =
    task ??
    (SLURM_ARRAY_TASK_ID !== undefined
      ? Number(SLURM_ARRAY_TASK_ID) - arrayStart
      : JOB_COMPLETION_INDEX !== undefined
        ? Number(JOB_COMPLETION_INDEX)
        : undefined);
  const count = tasks ?? (SLURM_ARRAY_TASK_COUNT === undefined ? undefined : Number(SLURM_ARRAY_TASK_COUNT));
  if (index === undefined)
    throw new CommandError('--tasks needs --task, or the index of a Slurm or Kubernetes job');
  if (count === undefined) throw new CommandError('--task needs --tasks');
  if (!(Number.isInteger(index) && index >= 0 && index < count)) {
    throw new CommandError(`task ${index} is not one of 0 … ${count - 1}`);
  }
  return { task: index, tasks: count };
}

/** Lists the shards of a task: every so-many-th, so that each gets some of every file. */
export function shardsOf(shards: number, { task, tasks }: Task): number[] {
  return Array.from({ length: shards }, (_, shard) => shard).filter((shard) => shard % tasks === task);
}
