/** One worker at work on one task. Times are epoch milliseconds; without an end it is still at work. */
export interface Run {
  readonly taskId: string;
  readonly worker: number;
  readonly begunMs: number;
  readonly endedMs?: number | undefined;
  /** `let-go`: it heard that its lease is lost, or left. */
  readonly end?: "done" | "killed" | "let-go" | undefined;
}

/** How it went. */
export interface TasksReport {
  readonly tasks: number;
  readonly done: number;
  /** Tasks that somebody finished again, since it was not known any more that they were done. */
  readonly repeated: number;
  /** Tasks that two workers were at work on at the same time. */
  readonly together: number;
  /** Tasks in the hands of a worker that was killed. */
  readonly orphaned: number;
  /** Of those, the ones that another worker has done. */
  readonly takenOver: number;
  /** From the death of a worker until another one begins its task, at the most. */
  readonly takenOverAfterMs: number;
}

export function reportOf(taskIds: readonly string[], runs: readonly Run[]): TasksReport {
  const byTask = new Map(taskIds.map((taskId) => [taskId, runs.filter((run) => run.taskId === taskId)]));
  const all = [...byTask.values()];
  const count = (holds: (of: readonly Run[]) => boolean): number => all.filter(holds).length;
  const waits = runs.filter(isOrphan).flatMap((orphan) => waitOf(orphan, byTask.get(orphan.taskId) ?? []));
  return {
    tasks: taskIds.length,
    done: count((of) => of.some(isDone)),
    repeated: count((of) => of.filter(isDone).length > 1),
    together: count(isTogether),
    orphaned: count((of) => of.some(isOrphan)),
    takenOver: count((of) => of.some(isOrphan) && of.some(isDone)),
    takenOverAfterMs: Math.max(0, ...waits),
  };
}

const isDone = ({ end }: Run): boolean => end === "done";
const isOrphan = ({ end }: Run): boolean => end === "killed";

/** Whether one run begins before an earlier one has ended. */
function isTogether(runs: readonly Run[]): boolean {
  const inOrder = [...runs].sort((one, other) => one.begunMs - other.begunMs);
  return inOrder.some((run, index) =>
    inOrder.slice(0, index).some(({ endedMs = Infinity }) => endedMs > run.begunMs),
  );
}

function waitOf({ endedMs = Infinity }: Run, runs: readonly Run[]): readonly number[] {
  const next = runs.filter(({ begunMs }) => begunMs >= endedMs).map(({ begunMs }) => begunMs - endedMs);
  return next.length > 0 ? [Math.min(...next)] : [];
}
