import { promisify } from "node:util";
import {
  brotliCompress,
  brotliDecompress,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  inflateRawSync,
} from "node:zlib";

/** How bytes were made smaller. */
export type Compression = "deflate" | "brotli";

export interface Compressed {
  readonly bytes: Uint8Array;
  readonly by: Compression;
}

/** Below this size, compression's own overhead is as large as what it saves. */
const COMPRESS_FROM_BYTES = 256;
/** A limit against decompression bombs: nothing is unpacked beyond this. */
export const UNPACKED_LIMIT_BYTES = 64 * 1024 * 1024;
/** Up to here it takes a fraction of a millisecond, which is what a thread of its own costs. */
const AT_ONCE_BYTES = 32 * 1024;

/** The smallest for what is small. */
const DEFLATE = { level: 1 };

/** For what is large: smaller than deflate makes it, in half of the time. A reader holds a window of that size. */
const BROTLI = {
  [constants.BROTLI_PARAM_QUALITY]: 1,
  [constants.BROTLI_PARAM_LGWIN]: 18,
};

const inBackground = promisify(brotliCompress);

/** The bytes compressed, if that makes them smaller. Large ones are compressed in another thread. */
export async function compressed(plain: Uint8Array): Promise<Compressed | undefined> {
  const sizeBytes = plain.length;
  // What is too large to be unpacked again is not compressed.
  if (sizeBytes < COMPRESS_FROM_BYTES || sizeBytes > UNPACKED_LIMIT_BYTES) return undefined;
  if (plain.length <= AT_ONCE_BYTES) return ifSmaller(plain, deflateRawSync(plain, DEFLATE), "deflate");
  const params = { ...BROTLI, [constants.BROTLI_PARAM_SIZE_HINT]: sizeBytes };
  return ifSmaller(plain, await inBackground(plain, { params, chunkSize: sizeBytes }), "brotli");
}

const ifSmaller = (plain: Uint8Array, bytes: Uint8Array, by: Compression): Compressed | undefined =>
  bytes.length < plain.length ? { bytes, by } : undefined;

/** More than a slot's messages have: whoever asks for more room gets it piece by piece. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** In one piece, since the size is known: putting pieces together takes half of the time. */
function inOnePiece(limitBytes: number) {
  const maxOutputLength = Math.min(Math.max(limitBytes, 1), UNPACKED_LIMIT_BYTES);
  const chunkSize = Math.min(Math.max(maxOutputLength, constants.Z_MIN_CHUNK), PIECE_BYTES);
  return { maxOutputLength, chunkSize };
}

/** @throws if there is more than the limit. */
export const inflated = (bytes: Uint8Array, limitBytes: number): Uint8Array =>
  inflateRawSync(bytes, inOnePiece(limitBytes));

/** @throws if there is more than the limit. */
export const decompressed = ({ bytes, by }: Compressed, limitBytes: number): Uint8Array =>
  by === "brotli" ? brotliDecompressSync(bytes, inOnePiece(limitBytes)) : inflated(bytes, limitBytes);

/** Whether bytes are better unpacked in another thread. */
export const isUnpackedApart = (by: Compression, plainBytes: number): boolean =>
  by === "brotli" && plainBytes > AT_ONCE_BYTES;

const unpacking = promisify(brotliDecompress);

/** What brotli has packed, unpacked in another thread. Rejects if there is more than the limit. */
export const decompressedApart = (bytes: Uint8Array, limitBytes: number): Promise<Uint8Array> =>
  unpacking(bytes, inOnePiece(limitBytes));
