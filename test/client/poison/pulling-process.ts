import { setTimeout as sleep } from "node:timers/promises";
import { SluiceClient } from "../../../lib/client/index.js";
import { handle } from "./handled.js";

/** So long that its words on what is done keep up with it. */
const WORK_MS = 10;

const [apiUrl = ""] = process.argv.slice(2);
const queue = new SluiceClient({ apiUrl, auth: "none" });
queue.consume(
  "orders",
  "audit",
  async (message) => {
    await sleep(WORK_MS);
    handle(message);
  },
  { concurrency: 10, ackDeadlineSeconds: 1, waitSeconds: 1 },
);
