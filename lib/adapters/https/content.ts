import { createHash } from "node:crypto";
import type { Handed } from "../../domain/handed.js";
import type { Reader } from "../../domain/reader.js";
import type { HttpsTarget } from "../../domain/subscription.js";
import { cloudEventJson } from "./cloud-event.js";
import { messageJson } from "./message-json.js";

/** What one delivery posts. */
export interface Content {
  /** Of a single message its id; of several one that is the same if exactly these are sent again. */
  readonly id: string;
  readonly type: string;
  readonly text: string;
}

const ID_CHARACTERS = 32;

/**
 * A subscription's deliveries all have one shape, however many messages there are: an object if its batches have one
 * message, otherwise a list. A probe of a breaker, and what a rate limit divides, have it too.
 */
export function contentOf(reader: Reader, target: HttpsTarget, messages: readonly Handed[]): Content {
  const { fullBatch = reader.subscription.batch.maxMessages } = reader;
  const [first] = messages;
  const id = messages.length === 1 && first ? first.id : batchId(messages);
  const isList = fullBatch > 1;
  if (target.format === "cloudevent") {
    const events = messages.map((message) => cloudEventJson(reader, message)).join(",");
    return isList
      ? { id, type: "application/cloudevents-batch+json; charset=utf-8", text: `[${events}]` }
      : { id, type: "application/cloudevents+json; charset=utf-8", text: events };
  }
  const objects = messages.map(messageJson).join(",");
  return { id, type: "application/json", text: isList ? `{"messages":[${objects}]}` : objects };
}

function batchId(messages: readonly Handed[]): string {
  const ids = messages.map(({ id }) => id).join("\n");
  return `batch-${createHash("sha256").update(ids).digest("base64url").slice(0, ID_CHARACTERS)}`;
}
