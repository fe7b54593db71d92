import { SluiceClient } from "../../../lib/client/index.js";
import { handle } from "./handled.js";

const [apiUrl = ""] = process.argv.slice(2);
const queue = new SluiceClient({ apiUrl, auth: "none" });
queue.consumeBatches(
  "orders",
  "audit",
  (messages) => messages.forEach(handle),
  // What else one process has in its hands dies with it: were it a lease of one message, that would be charged.
  { concurrency: 1, maxMessages: 10, ackDeadlineSeconds: 1, waitSeconds: 1 },
);
