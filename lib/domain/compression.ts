import { promisify } from "node:util";
import { constants, deflateRaw, deflateRawSync, inflateRawSync } from "node:zlib";

/** Below this size, deflate's own overhead is as large as what it saves. */
const COMPRESS_FROM_BYTES = 256;
/** A limit against decompression bombs: nothing is inflated beyond this. */
export const UNPACKED_LIMIT_BYTES = 64 * 1024 * 1024;
/** Up to here deflating takes a fraction of a millisecond, which is what a thread of its own costs. */
const AT_ONCE_BYTES = 32 * 1024;

/** How deflate is told to look at the bytes. */
type Effort = { readonly level: number; readonly strategy?: number };

/** Looks for what was there before. */
const REPEATS: Effort = { level: 1 };
/** Only writes frequent bytes with fewer bits: four times as fast, and as small where nothing repeats. */
const FREQUENCIES: Effort = { level: 1, strategy: constants.Z_HUFFMAN_ONLY };

/** Large bytes are judged by samples, so that deflate does not work in vain. */
const SAMPLES = 4;
const SAMPLE_BYTES = 4 * 1024;
/** Looking for repetitions has to save this share more than frequencies do. */
const REPEATS_SAVE = 0.05;
/** A write costs as much as far more of a function's time than deflate takes, so little is enough. */
const FREQUENCIES_SAVE = 0.02;

const inBackground = promisify<Uint8Array, Effort & { chunkSize: number }, Uint8Array>(deflateRaw);

/** The bytes deflated, if that makes them smaller. Large ones are deflated in another thread. */
export async function deflated(plain: Uint8Array): Promise<Uint8Array | undefined> {
  // What is too large to be inflated again is not deflated.
  if (plain.length < COMPRESS_FROM_BYTES || plain.length > UNPACKED_LIMIT_BYTES) return undefined;
  if (plain.length <= AT_ONCE_BYTES) return ifSmaller(plain, deflateRawSync(plain, REPEATS));
  const effort = effortFor(plain);
  return effort && ifSmaller(plain, await inBackground(plain, { ...effort, chunkSize: plain.length }));
}

const ifSmaller = (plain: Uint8Array, packed: Uint8Array): Uint8Array | undefined =>
  packed.length < plain.length ? packed : undefined;

/** undefined: deflate would save nothing worth its time. */
function effortFor(plain: Uint8Array): Effort | undefined {
  const samples = Array.from({ length: SAMPLES }, (_, sample) => {
    const from = Math.floor(((plain.length - SAMPLE_BYTES) * sample) / (SAMPLES - 1));
    return plain.subarray(from, from + SAMPLE_BYTES);
  });
  const byRepeats = samples.reduce((sum, bytes) => sum + deflateRawSync(bytes, REPEATS).length, 0);
  const byFrequencies = samples.reduce((sum, bytes) => sum + bytesByFrequency(bytes), 0);
  if (byRepeats < byFrequencies * (1 - REPEATS_SAVE)) return REPEATS;
  return byFrequencies < SAMPLES * SAMPLE_BYTES * (1 - FREQUENCIES_SAVE) ? FREQUENCIES : undefined;
}

/**
 * The bytes that are left if each takes as many bits as its frequency allows (Shannon's entropy). Where that is less
 * than one bit, which is the least that deflate writes for a byte, only looking for repetitions helps.
 */
function bytesByFrequency(bytes: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  const bits = counts.reduce(
    (sum, count) => (count ? sum + count * Math.log2(bytes.length / count) : sum),
    0,
  );
  return bits < bytes.length ? bytes.length : bits / 8;
}

/** More than a slot's messages have: whoever asks for more room gets it piece by piece. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** In one piece, since its size is known: putting pieces together takes half of the time. @throws if it is larger. */
export function inflated(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const maxOutputLength = Math.min(Math.max(limitBytes, 1), UNPACKED_LIMIT_BYTES);
  const chunkSize = Math.min(Math.max(maxOutputLength, constants.Z_MIN_CHUNK), PIECE_BYTES);
  return inflateRawSync(bytes, { maxOutputLength, chunkSize });
}
