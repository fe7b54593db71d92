import { setTimeout as sleep } from "node:timers/promises";
import type { SQSRecord } from "aws-lambda";
import { failsNow, instructionIn } from "./instruction.js";
import { recording } from "./recording.js";

/** Does as the messages' bodies say. */
export const handler = recording(async ({ Records }, subscription) => {
  const instructions = Records.map(({ body }) => instructionIn(body));
  await sleep(Math.max(0, ...instructions.map(({ workMs = 0 }) => workMs)));
  const failures = failuresIn(Records, subscription);
  return { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) };
});

/** What is asked to fail, and, as a careful handler of a FIFO queue has it, all that follows it of the same key. */
function failuresIn(records: readonly SQSRecord[], subscription: string): SQSRecord[] {
  const heldKeys = new Set<string>();
  return records.filter((record) => {
    const key = record.attributes.MessageGroupId;
    const fails = failsNow(record, subscription) || (key !== undefined && heldKeys.has(key));
    if (fails && key !== undefined) heldKeys.add(key);
    return fails;
  });
}
