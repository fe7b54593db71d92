import { type TopicRef, partitionKey } from "../../domain/topic.js";

/** A write is billed by each KB or part of a KB. */
const WRITE_UNIT_BYTES = 1_024;
/**
 * The size of a slot's item without its partition key and bytes (lib/adapters/dynamodb/items/slot-item.ts), and how
 * much smaller it can be when its numbers have few digits.
 */
const ITEM_BYTES = 124;
const ITEM_SPREAD_BYTES = 32;
const LAST_PARTITION = 255;

/**
 * Opening a slot in S3 costs each reader a GET, about 40 ms and the memory of all its messages. Two write units for a
 * header pay off once three readers need not open it.
 */
const SEGMENT_HEADER_BYTES = 2 * WRITE_UNIT_BYTES;

/**
 * The bytes available for a slot's header. An inline slot opens in a fraction of a millisecond, while a write unit
 * costs as much as about 75 ms of a function. So its header only gets what is left of the last unit, which is paid for
 * anyway. `inlineBytes`: undefined if the bytes go to S3.
 */
export function headerRoomBytes(topic: TopicRef, inlineBytes: number | undefined): number {
  if (inlineBytes === undefined) return SEGMENT_HEADER_BYTES;
  const atMostBytes =
    ITEM_BYTES + Buffer.byteLength(partitionKey({ topic, partition: LAST_PARTITION })) + inlineBytes;
  const paidBytes = Math.ceil((atMostBytes - ITEM_SPREAD_BYTES) / WRITE_UNIT_BYTES) * WRITE_UNIT_BYTES;
  return Math.max(0, paidBytes - atMostBytes);
}
