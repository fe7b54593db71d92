import { createHash } from "node:crypto";
import { Packr } from "msgpackr";
import { compressed, decompressed } from "./compression.js";
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
  if (checksumOf(bytes) !== slot.checksum) throw new UnreadableSlot("checksum-mismatch");
  const messages = unpacked(slot, bytes);
  if (!Array.isArray(messages) || messages.length !== slot.count) throw new UnreadableSlot("undecodable");
  return messages as MessageContent[];
}

/** Unpacks at most what the slot's item says, since the reader reserved that much memory. */
function unpacked({ encoding, unpackedBytes }: Packed, bytes: Uint8Array): unknown {
  try {
    return packr.unpack(plainBytes(encoding, bytes, unpackedBytes)) as unknown;
  } catch (error) {
    throw new UnreadableSlot("undecodable", { cause: error });
  }
}

function plainBytes(encoding: Encoding, bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (encoding === "msgpack") return atMost(bytes, limitBytes);
  return decompressed({ bytes, by: encoding === "msgpack+brotli" ? "brotli" : "deflate" }, limitBytes);
}

function atMost(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.length > limitBytes) throw new RangeError(`${bytes.length} bytes are more than ${limitBytes}`);
  return bytes;
}
