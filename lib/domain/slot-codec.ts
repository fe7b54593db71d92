import { createHash } from "node:crypto";
import { Packr } from "msgpackr";
import { type Compressed, compressed, decompressed, decompressedAside } from "./compression.js";
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
  assertIntact(slot, bytes);
  try {
    return messagesIn(slot, plainBytes(slot, bytes, decompressed));
  } catch (error) {
    throw unreadable(error);
  }
}

/** The same, but a large one is unpacked by another thread. */
export async function decodeAside(slot: Packed, bytes: Uint8Array): Promise<readonly MessageContent[]> {
  assertIntact(slot, bytes);
  try {
    return messagesIn(slot, await plainBytes(slot, bytes, decompressedAside));
  } catch (error) {
    throw unreadable(error);
  }
}

function assertIntact({ checksum }: Packed, bytes: Uint8Array): void {
  if (checksumOf(bytes) !== checksum) throw new UnreadableSlot("checksum-mismatch");
}

const unreadable = (error: unknown): UnreadableSlot =>
  error instanceof UnreadableSlot ? error : new UnreadableSlot("undecodable", { cause: error });

function messagesIn({ count }: Packed, plain: Uint8Array): readonly MessageContent[] {
  const messages = packr.unpack(plain) as unknown;
  if (!Array.isArray(messages) || messages.length !== count) throw new UnreadableSlot("undecodable");
  return messages as MessageContent[];
}

/** Unpacks at most what the slot's item says, since the reader reserved that much memory. */
function plainBytes<Plain>(
  { encoding, unpackedBytes }: Packed,
  bytes: Uint8Array,
  unpack: (packed: Compressed, limitBytes: number) => Plain,
): Plain | Uint8Array {
  if (encoding === "msgpack") return atMost(bytes, unpackedBytes);
  return unpack({ bytes, by: encoding === "msgpack+brotli" ? "brotli" : "deflate" }, unpackedBytes);
}

function atMost(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.length > limitBytes) throw new RangeError(`${bytes.length} bytes are more than ${limitBytes}`);
  return bytes;
}
