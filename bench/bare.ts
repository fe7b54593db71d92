import { PutCommand, QueryCommand } from "../lib/adapters/dynamodb/commands.js";
import type { DynamoDb } from "../lib/adapters/dynamodb/client.js";
import { slotItem } from "../lib/adapters/dynamodb/items/slot-item.js";
import { systemRandom } from "../lib/adapters/system/random.js";
import type { MessageContent } from "../lib/domain/message.js";
import { type EncodedMessages, encodeMessages } from "../lib/domain/slot-codec.js";
import { partitionKey } from "../lib/domain/topic.js";

const TOPIC = { name: "orders", uid: "bare" };
const LIFE_MS = 259_200_000;

/** What Sluice is measured against: items of the same bytes, by the same client, and nothing else. */
export interface BareSlots {
  /** A conditional put that nobody is in the way of: each worker has a partition to itself. */
  put(worker: number, batch: readonly MessageContent[], options?: { readonly anew: boolean }): Promise<void>;
  /** Reads the worker's next slot; the number of messages in it, 0 behind the last. */
  query(worker: number): Promise<number>;
}

/** Bytes are encoded once and put again and again, unless `anew`. */
export function bareSlots({ client, tables }: DynamoDb, workers: number): BareSlots {
  const TableName = tables.log;
  const putAt = Array.from({ length: workers }, () => 0);
  const readAt = Array.from({ length: workers }, () => 0);
  let encoded: EncodedMessages | undefined;
  return {
    put: async (partition, batch, { anew } = { anew: false }) => {
      if (anew || !encoded) encoded = await encodeMessages(batch);
      const { bytes, ...how } = encoded;
      const base = putAt[partition] ?? 0;
      putAt[partition] = base + how.count;
      const nowMs = Date.now();
      const Item = slotItem(
        { topic: TOPIC, partition },
        {
          ...how,
          base,
          nonce: systemRandom.nonce(),
          publishedAtMs: nowMs,
          expiresAtMs: nowMs + LIFE_MS,
          content: { kind: "inline", bytes },
          header: { kind: "none" },
        },
      );
      await client.send(new PutCommand({ TableName, Item, ConditionExpression: "attribute_not_exists(pk)" }));
    },
    query: async (partition) => {
      const from = readAt[partition] ?? 0;
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :pk AND #base >= :from",
          ExpressionAttributeNames: { "#base": "base" },
          ExpressionAttributeValues: { ":pk": partitionKey({ topic: TOPIC, partition }), ":from": from },
          Limit: 1,
        }),
      );
      const count = Number(Items[0]?.n ?? 0);
      readAt[partition] = from + count;
      return count;
    },
  };
}
