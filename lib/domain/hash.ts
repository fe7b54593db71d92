import { createHash } from "node:crypto";

export const bytesDigest = (content: string | Uint8Array): Buffer =>
  createHash("sha256").update(content).digest();

/** A whole number from 0 to `below` - 1 that follows from the text alone: the same in every process, for ever. */
export const hashBelow = (text: string, below: number): number => bytesDigest(text).readUInt32BE(0) % below;
