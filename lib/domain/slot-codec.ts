import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { Packr } from "msgpackr";
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
/** Below this size, deflate's own overhead is as large as what it saves. */
const COMPRESS_FROM_BYTES = 256;
/** A limit against decompression bombs: no slot is inflated beyond this, whatever its item says. */
export const UNPACKED_LIMIT_BYTES = 64 * 1024 * 1024;

export const checksumOf = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("base64url").slice(0, 22);

/** Encodes one slot's messages, compressed if that makes them smaller. */
export function encodeMessages(messages: readonly MessageContent[]): EncodedMessages {
  const plain = packr.pack(messages);
  // What is too large to be inflated again is not deflated.
  const isWorthIt = plain.length >= COMPRESS_FROM_BYTES && plain.length <= UNPACKED_LIMIT_BYTES;
  const packed = isWorthIt ? deflateRawSync(plain, { level: 1 }) : plain;
  const smaller = packed.length < plain.length;
  const bytes = smaller ? packed : plain;
  return {
    bytes,
    encoding: smaller ? "msgpack+deflate" : "msgpack",
    unpackedBytes: plain.length,
    checksum: checksumOf(bytes),
    count: messages.length,
  };
}

/** @throws {UnreadableSlot} if the bytes are not what was written. */
export function decodeMessages(slot: Slot, bytes: Uint8Array): readonly MessageContent[] {
  if (checksumOf(bytes) !== slot.checksum) throw new UnreadableSlot("checksum-mismatch");
  const messages = unpacked(slot, bytes);
  if (!Array.isArray(messages) || messages.length !== slot.count) throw new UnreadableSlot("undecodable");
  return messages as MessageContent[];
}

/** Unpacks at most what the slot's item says, since the reader reserved that much memory. */
function unpacked({ encoding, unpackedBytes }: Slot, bytes: Uint8Array): unknown {
  try {
    return packr.unpack(
      encoding === "msgpack+deflate" ? inflated(bytes, unpackedBytes) : atMost(bytes, unpackedBytes),
    ) as unknown;
  } catch (error) {
    throw new UnreadableSlot("undecodable", { cause: error });
  }
}

const inflated = (bytes: Uint8Array, limitBytes: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: Math.min(Math.max(limitBytes, 1), UNPACKED_LIMIT_BYTES) });

function atMost(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.length > limitBytes) throw new RangeError(`${bytes.length} bytes are more than ${limitBytes}`);
  return bytes;
}
