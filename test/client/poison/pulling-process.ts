import { setTimeout as sleep } from "node:timers/promises";
import { SluiceClient } from "../../../lib/client/index.js";
import { handle } from "./handled.js";

const SLOW_MS = 200;

const [apiUrl = "", way] = process.argv.slice(2);
const queue = new SluiceClient({ apiUrl, auth: "none" });
const deadlines = { ackDeadlineSeconds: 1, waitSeconds: 1 };
if (way === "batches")
  queue.consumeBatches("orders", "audit", (messages) => messages.forEach(handle), {
    ...deadlines,
    concurrency: 1,
    maxMessages: 10,
  });
else
  queue.consume(
    "orders",
    "audit",
    async (message) => {
      // So that there are always others in hand, which came one by one as earlier ones ended.
      await sleep(Math.random() * SLOW_MS);
      handle(message);
    },
    { ...deadlines, concurrency: 10 },
  );
