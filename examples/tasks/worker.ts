import { setTimeout as pause } from "node:timers/promises";
import { SluiceClient } from "../../lib/client/index.js";
import type { Told } from "./crew.js";
import { LEASE_SECONDS, SUBSCRIPTION, TOPIC } from "./names.js";

const [, , apiUrl = "", workMs = "300"] = process.argv;
const tell = (told: Told): void => void process.send?.(told);

const consumer = new SluiceClient({ apiUrl, auth: "none" }).consume(
  TOPIC,
  SUBSCRIPTION,
  async ({ body, attempt }, { signal }) => {
    const { taskId } = body as { taskId: string };
    tell({ kind: "begun", taskId, attempt });
    // A real task would look at the signal, too: once it aborts, another worker may have the task.
    await pause(Number(workMs), undefined, { signal });
    tell({ kind: "done", taskId });
  },
  { concurrency: 2, ackDeadlineSeconds: LEASE_SECONDS, stopOn: ["SIGTERM"] },
);
tell({ kind: "ready" });
await consumer.finished;
process.disconnect();
