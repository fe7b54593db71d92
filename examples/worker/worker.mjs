// worker.mjs
import { SluiceClient } from "sluice-queue";

const queue = new SluiceClient({ apiUrl: process.env.SLUICE_API_URL, auth: "none" });

const consumer = queue.consume(
  "orders",
  "audit",
  async (message, { signal }) => {
    signal.throwIfAborted();
    console.log(`order ${message.body.orderId}, attempt ${message.attempt}`);
  },
  { concurrency: 20, stopOn: ["SIGTERM", "SIGINT"] },
);
await consumer.finished;
