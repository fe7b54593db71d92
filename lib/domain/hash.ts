import { createHash } from "node:crypto";

/** A whole number from 0 to `below` - 1 that follows from the text alone: the same in every process, for ever. */
export const hashBelow = (text: string, below: number): number =>
  createHash("sha256").update(text).digest().readUInt32BE(0) % below;
