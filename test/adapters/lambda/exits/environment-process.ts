import type { SQSEvent } from "aws-lambda";
import { handle } from "../../../client/poison/handled.js";

/** An execution environment: one event at a time. One message in so many ends it. */
process.on("message", ({ Records }: SQSEvent) => {
  for (const { body, attributes } of Records)
    handle({ body: JSON.parse(body) as unknown, attempt: Number(attributes.ApproximateReceiveCount) });
  process.send?.({ batchItemFailures: [] });
});
