import {
  BatchProcessor,
  EventType,
  SqsFifoPartialProcessorAsync,
  processPartialResponse,
} from "@aws-lambda-powertools/batch";
import type { SQSRecord } from "aws-lambda";
import { failsNow } from "./instruction.js";
import { recording } from "./recording.js";

/** As its documentation writes a consumer of SQS: the kind of queue is the one thing that it asks of the event. */
export const handler = recording((event, subscription) => {
  const work = async (record: SQSRecord): Promise<void> => {
    if (failsNow(record, subscription)) throw new Error(`${record.messageId} is to fail`);
    return await Promise.resolve();
  };
  const isFifo = event.Records.some(({ eventSourceARN }) => eventSourceARN.endsWith(".fifo"));
  const processor = isFifo ? new SqsFifoPartialProcessorAsync() : new BatchProcessor(EventType.SQS);
  return processPartialResponse(event, work, processor);
});
