import { SluiceClient } from "../../lib/client/index.js";
import { Crew } from "./crew.js";
import { TOPIC } from "./names.js";
import { type TasksReport, reportOf } from "./report.js";

export interface TasksOptions {
  readonly tasks: number;
  readonly workers: number;
  readonly workMs: number;
  /** So long a task stays with a worker that was killed. */
  readonly leaseSeconds: number;
  /** Between what happens to the workers. */
  readonly everyMs: number;
  readonly say: (text: string) => void;
}

export interface CrewReport extends TasksReport {
  readonly came: number;
  readonly left: number;
  readonly killed: number;
  readonly tookMs: number;
}

const TOGETHER = 100;
const PATIENCE_MS = 120_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Publishes tasks, and lets workers come, leave and die until all tasks are done. */
export async function runTasks(apiUrl: string, options: TasksOptions): Promise<CrewReport> {
  const { tasks, workers, workMs, everyMs, say } = options;
  const taskIds = Array.from({ length: tasks }, (_, index) => `task-${index + 1}`);
  const queue = new SluiceClient({ apiUrl, auth: "none" });
  for (let at = 0; at < tasks; at += TOGETHER) {
    const some = taskIds.slice(at, at + TOGETHER);
    await queue.publish(
      TOPIC,
      some.map((taskId) => ({ body: { taskId } })),
    );
  }
  say(`${tasks} tasks are published; ${workers} workers come ...`);
  const crew = new Crew(apiUrl, workMs, options.leaseSeconds);
  const startedMs = Date.now();
  try {
    await Promise.all(Array.from({ length: workers }, () => crew.comes()));
    const isOver = (): boolean => crew.done >= tasks || Date.now() - startedMs > PATIENCE_MS;
    for (const happens of happenings(crew, say)) {
      for (const untilMs = Date.now() + everyMs; Date.now() < untilMs && !isOver();)
        await sleep(everyMs / 20);
      if (isOver()) break;
      await happens();
    }
    const tookMs = Date.now() - startedMs;
    const { came, left, killed } = crew;
    return { ...reportOf(taskIds, crew.runs), ...{ came, left, killed, tookMs } };
  } finally {
    await crew.allLeave();
  }
}

/** What happens to the workers, one after the other, again and again. Each that goes is replaced by the next one. */
function* happenings(crew: Crew, say: (text: string) => void): Generator<() => Promise<void>> {
  const tell = (what: string): void => say(`${what}; ${crew.done} tasks are done`);
  for (;;) {
    yield async () => {
      tell("a worker is killed");
      await crew.isKilled();
    };
    yield async () => {
      tell("a worker comes");
      await crew.comes();
    };
    yield async () => {
      tell("a worker leaves, another one comes");
      await Promise.all([crew.leaves(), crew.comes()]);
    };
  }
}
