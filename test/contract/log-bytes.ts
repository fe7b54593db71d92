import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { MessageContent } from "../../lib/domain/message.js";
import type { Slot } from "../../lib/domain/slot.js";
import { UnreadableSlot, decodeMessages, encodeMessages } from "../../lib/domain/slot-codec.js";
import { aPartition, aSlot } from "./builders.js";

type Make = () => Promise<LogStore>;

const someMessages = (body: MessageContent["body"], count = 3): MessageContent[] =>
  Array.from({ length: count }, (_, at) => ({ body, contentType: "text/plain", attributes: { at } }));

async function encodedSlot(messages: readonly MessageContent[]): Promise<Slot> {
  const { bytes, ...encoded } = await encodeMessages(messages);
  return aSlot({ ...encoded, content: { kind: "inline", bytes } });
}

const inlineBytes = ({ content }: Slot): Uint8Array =>
  content.kind === "inline" ? content.bytes : new Uint8Array();

async function storedAs(make: Make, slot: Slot): Promise<Slot> {
  const log = await make();
  const partition = aPartition();
  await log.append(partition, slot);
  const [read] = (await log.read(partition, 0, 1, { consistent: true })).slots;
  if (!read) throw new Error("it is not there");
  return read;
}

/** A store keeps bytes and checksum as they are, whole or damaged: it is the decoder that tells. */
export function logBytesContract(make: Make): void {
  it.each([
    { what: "short text", messages: someMessages("x") },
    { what: "text that is deflated", messages: someMessages("again and again ".repeat(200)) },
    { what: "characters of all lengths", messages: someMessages("aé漢🎈\u0000") },
    { what: "many messages", messages: someMessages("x", 1_000) },
  ])("of $what decode to what was encoded", async ({ messages }) => {
    const slot = await encodedSlot(messages);
    const read = await storedAs(make, slot);
    expect(read).toEqual(slot);
    expect(decodeMessages(read, inlineBytes(read))).toEqual(messages);
  });

  it.each([
    { what: "first", at: () => 0 },
    { what: "last", at: (bytes: Uint8Array) => bytes.length - 1 },
  ])("that were damaged in their $what byte read as damaged", async ({ at }) => {
    const slot = await encodedSlot(someMessages("again and again ".repeat(200)));
    const damaged = Uint8Array.from(inlineBytes(slot));
    damaged[at(damaged)]! ^= 1;
    const read = await storedAs(make, { ...slot, content: { kind: "inline", bytes: damaged } });
    expect(inlineBytes(read)).toEqual(damaged);
    expect(() => decodeMessages(read, inlineBytes(read))).toThrow(new UnreadableSlot("checksum-mismatch"));
  });

  it("under a checksum that is damaged read as damaged", async () => {
    const slot = await encodedSlot(someMessages("x"));
    const read = await storedAs(make, { ...slot, checksum: `${slot.checksum.slice(0, -1)}!` });
    expect(() => decodeMessages(read, inlineBytes(read))).toThrow(new UnreadableSlot("checksum-mismatch"));
  });

  it("that are none stay none", async () => {
    const slot = aSlot({ content: { kind: "inline", bytes: new Uint8Array() } });
    expect(await storedAs(make, slot)).toEqual(slot);
  });
}
