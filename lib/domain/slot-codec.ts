import { createHash } from "node:crypto";
import { Packr } from "msgpackr";
import { compressed, decompressed, decompressedApart, isUnpackedApart } from "./compression.js";
import type { MessageContent } from "./message.js";
import type { Encoding, Slot } from "./slot.js";

/** A slot whose bytes cannot be read. It is set aside with this reason, and the rest of the partition goes on. */
export class UnreadableSlot extends Error {
  override readonly name = "UnreadableSlot";
  constructor(
    readonly reason: "checksum-mismatch" | "undecodable" | "segment-missing",
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

export interface EncodedMessages {
  readonly bytes: Uint8Array;
  readonly encoding: Encoding;
  readonly unpackedBytes: number;
  readonly checksum: string;
  readonly count: number;
}

// Plain MessagePack without the library's extensions, so that any reader of the format can read a log years from now.
const packr = new Packr({ useRecords: false, variableMapSize: true });

export const checksumOf = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("base64url").slice(0, 22);

/** Encodes one slot's messages, compressed if that makes them smaller. */
export async function encodeMessages(messages: readonly MessageContent[]): Promise<EncodedMessages> {
  const plain = packr.pack(messages);
  const packed = await compressed(plain);
  const bytes = packed?.bytes ?? plain;
  return {
    bytes,
    encoding: packed ? `msgpack+${packed.by}` : "msgpack",
    unpackedBytes: plain.length,
    checksum: checksumOf(bytes),
    count: messages.length,
  };
}

/** What it takes to read a slot's bytes. */
export type Packed = Pick<Slot, "encoding" | "unpackedBytes" | "checksum" | "count">;

/** @throws {UnreadableSlot} if the bytes are not what was written. */
export function decodeMessages(slot: Packed, bytes: Uint8Array): readonly MessageContent[] {
  checkSum(slot, bytes);
  return orUndecodable(() => messagesOf(slot, plainBytes(slot, bytes)));
}

/** The same, for a slot that is better unpacked in another thread. */
export async function decodeApart(slot: Packed, bytes: Uint8Array): Promise<readonly MessageContent[]> {
  checkSum(slot, bytes);
  const plain = await decompressedApart(bytes, slot.unpackedBytes).catch(undecodable);
  return orUndecodable(() => messagesOf(slot, plain));
}

export const isDecodedApart = ({ encoding, unpackedBytes }: Packed): boolean =>
  encoding === "msgpack+brotli" && isUnpackedApart("brotli", unpackedBytes);

function checkSum({ checksum }: Packed, bytes: Uint8Array): void {
  if (checksumOf(bytes) !== checksum) throw new UnreadableSlot("checksum-mismatch");
}

function messagesOf({ count }: Packed, plain: Uint8Array): readonly MessageContent[] {
  const messages = packr.unpack(plain) as unknown;
  if (!Array.isArray(messages) || messages.length !== count) throw new RangeError(`not ${count} messages`);
  return messages as MessageContent[];
}

function orUndecodable<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    return undecodable(error);
  }
}

function undecodable(cause: unknown): never {
  throw new UnreadableSlot("undecodable", { cause });
}

/** Unpacks at most what the slot's item says, since the reader reserved that much memory. */
function plainBytes({ encoding, unpackedBytes }: Packed, bytes: Uint8Array): Uint8Array {
  if (encoding === "msgpack") return atMost(bytes, unpackedBytes);
  return decompressed({ bytes, by: encoding === "msgpack+brotli" ? "brotli" : "deflate" }, unpackedBytes);
}

function atMost(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.length > limitBytes) throw new RangeError(`${bytes.length} bytes are more than ${limitBytes}`);
  return bytes;
}
