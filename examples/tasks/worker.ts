import { setTimeout as pause } from "node:timers/promises";
import { SluiceClient } from "../../lib/client/index.js";
import type { Told } from "./crew.js";
import { SUBSCRIPTION, TOPIC } from "./names.js";

const [, , apiUrl = "", workMs = "300", leaseSeconds = "5"] = process.argv;
const tell = (told: Told): void => void process.send?.(told);

const consumer = new SluiceClient({ apiUrl, auth: "none" }).consume(
  TOPIC,
  SUBSCRIPTION,
  async ({ body, attempt }, { signal }) => {
    const { taskId } = body as { taskId: string };
    tell({ kind: "begun", taskId, attempt });
    // A real task looks at the signal, too: once it aborts, another worker may have the task.
    const isDone = await pause(Number(workMs), true, { signal }).catch(() => false);
    tell({ kind: isDone ? "done" : "let-go", taskId });
    signal.throwIfAborted();
  },
  { concurrency: 2, ackDeadlineSeconds: Number(leaseSeconds), stopOn: ["SIGTERM"] },
);
tell({ kind: "ready" });
await consumer.finished;
process.disconnect();
