import type { MessageContent } from "../../lib/domain/message.js";
import { StorageUnavailable } from "../../lib/domain/errors.js";
import { checksumOf } from "../../lib/domain/slot-codec.js";
import type { Slot } from "../../lib/domain/slot.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { aDeployment, aText, publishTexts } from "./a-deployment.js";
import { stored } from "./an-append.js";
import { type PortCall, portsAround } from "./ports-around.js";

/** A message's text, or all of it. */
export type Content = string | MessageContent;

/**
 * One partition with these slots, whose bytes are in S3 and live for an hour. What its process asks of the log and of
 * S3 is recorded; objects in `failing` cannot be read by it.
 */
export async function aLog(...slots: readonly (readonly Content[])[]) {
  const deployment = aDeployment();
  const publisher = deployment.process(undefined, { inlineLimitBytes: 0 });
  const { value: topic } = await putTopic(publisher, "orders", { partitions: 1, retentionSeconds: 3_600 });
  const publish = async (...contents: readonly Content[]): Promise<readonly string[]> =>
    publishTexts(
      publisher,
      "orders",
      ...contents.map((content) => (typeof content === "string" ? aText(content) : content)),
    );
  const ids: string[] = [];
  for (const contents of slots) ids.push(...(await publish(...contents)));
  const calls: PortCall[] = [];
  const failing = new Set<unknown>();
  const engine = deployment.process((ports) =>
    portsAround(ports, async (call, carryOut) => {
      calls.push(call);
      if (call.name === "segments.get" && failing.has(call.args[0])) throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  return {
    ...deployment,
    engine,
    publish,
    partition: { topic, partition: 0 },
    /** Those that were there at the beginning. */
    slots: stored(deployment),
    ids,
    calls,
    failing,
  };
}

/** The slot with this number, which the log has for certain. */
export function slotIn({ slots }: { readonly slots: readonly Slot[] }, index: number): Slot {
  const slot = slots[index];
  if (!slot) throw new Error(`there is no slot ${index}`);
  return slot;
}

/** The key of the object that holds a slot's bytes. */
export const objectOf = ({ content }: Slot): string => (content.kind === "segment" ? content.key : "");

/** The slot with bytes that are not a slot's. */
export function mangled(slot: Slot): Slot {
  const bytes = new TextEncoder().encode("no slot");
  return { ...slot, content: { kind: "inline", bytes }, checksum: checksumOf(bytes) };
}
