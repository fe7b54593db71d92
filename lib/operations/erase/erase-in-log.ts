import { Conflict, MessageOutOfReach } from "../../domain/errors.js";
import { rewrittenSlot, withoutContent } from "../../domain/erasure.js";
import type { Erased, Erasure, MessageContent } from "../../domain/message.js";
import { type MessageAddress, idOf } from "../../domain/message-id.js";
import { uploadOf } from "../../domain/upload.js";
import { segmentClassDays, segmentKey } from "../../domain/segment-key.js";
import type { Slot, SlotContent } from "../../domain/slot.js";
import { encodeMessages } from "../../domain/slot-codec.js";
import type { Topic } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { addressOf } from "../log/address-of.js";
import { liveSlotAt } from "../log/live-slot-at.js";
import { openSlot } from "../log/open-slot.js";
import { memoryBytesOfSlot } from "../memory-budget.js";

const ATTEMPTS = 16;

/** Where an erased message lies, and since when it is erased: if it was erased before, since then. */
export interface ErasedInLog {
  readonly address: MessageAddress;
  readonly publishedAtMs: number;
  readonly erased: Erased;
}

export interface ErasingInLog {
  readonly erasure: Erasure;
  /** Called as soon as the message is found, before anything of it is taken out. May be called again. */
  readonly prepare?: (() => Promise<void>) | undefined;
}

/**
 * Takes a message's content out of its slot, and deletes the object that held it. The slot is rewritten only if nobody
 * has rewritten it since it was read, so that its neighbours stay as they are. undefined: the log does not have it.
 * @throws {MessageOutOfReach} if it was not found in time, or its slot cannot be read
 * @throws {Conflict} {Throttled} {StorageUnavailable}
 */
export async function eraseInLog(
  engine: Engine,
  topic: Topic,
  id: string,
  { erasure, prepare }: ErasingInLog,
): Promise<ErasedInLog | undefined> {
  const address = await addressOf(engine, topic, id);
  if (address === "too-far")
    throw new MessageOutOfReach(id, "was not found in time: too much was published since it was due");
  if (!address) return undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const slot = await liveSlotAt(engine, address, address.offset);
    if (!slot) return undefined;
    const outcome = await engine.budget.receiving(memoryBytesOfSlot(slot), () =>
      eraseIn(engine, { address, slot, id }, { erasure, prepare }),
    );
    if (outcome === "not-there") return undefined;
    if (outcome !== "changed") {
      for (const key of [outcome.object, outcome.upload])
        if (key !== undefined) await engine.segments.delete(key);
      return { address, publishedAtMs: slot.publishedAtMs, erased: outcome };
    }
    await backOff(engine, attempt);
  }
  throw new Conflict(`erasing message "${id}"`);
}

interface Found {
  readonly address: MessageAddress;
  readonly slot: Slot;
  readonly id: string;
}

async function eraseIn(
  engine: Engine,
  { address, slot, id }: Found,
  { erasure, prepare }: ErasingInLog,
): Promise<Erased | "changed" | "not-there"> {
  const opened = await openSlot(engine, slot, address);
  if (opened.kind === "expired") return "not-there";
  if (opened.kind === "unreadable")
    throw new MessageOutOfReach(id, `cannot be erased, since its slot cannot be read (${opened.reason})`);
  const index = address.offset - slot.base;
  const message = opened.messages[index] as MessageContent;
  // The id names another one that was given its id before: it is found by that.
  if (idOf(message, address) !== id) return "not-there";
  await prepare?.();
  if (message.erased) return message.erased;
  const { content } = opened.slot;
  const upload = uploadOf(address.topic, message);
  const erased = {
    ...erasure,
    ...(content.kind === "segment" ? { object: content.key } : {}),
    ...(upload === undefined ? {} : { upload }),
  };
  const messages = withoutContent(opened.messages, index, erased);
  return await rewrite(engine, { address, slot: opened.slot, messages, erased });
}

interface Rewrite {
  readonly address: MessageAddress;
  readonly slot: Slot;
  readonly messages: readonly MessageContent[];
  readonly erased: Erased;
}

async function rewrite(
  { log, segments, clock, random }: Engine,
  { address, slot, messages, erased }: Rewrite,
): Promise<Erased | "changed"> {
  const encoded = await encodeMessages(messages);
  const { bytes } = encoded;
  let content: SlotContent = { kind: "inline", bytes };
  if (slot.content.kind === "segment") {
    const classDays = segmentClassDays(slot.expiresAtMs, clock.nowMs());
    const key = segmentKey(classDays, address.topic, random.nonce());
    content = { kind: "segment", key, sizeBytes: bytes.length };
    await segments.put(key, bytes);
  }
  const next = rewrittenSlot(slot, messages, encoded, content);
  if ((await log.replace(address, slot, next)) === "replaced") return erased;
  // It holds what others may be erasing from this very slot.
  if (content.kind === "segment") await segments.delete(content.key);
  return "changed";
}
