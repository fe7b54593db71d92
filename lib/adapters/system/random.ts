import { randomBytes, randomInt } from "node:crypto";
import type { Random } from "../../domain/ports/random.js";

const NONCE_BYTES = 16;

export const systemRandom: Random = {
  below: (below) => randomInt(below),
  nonce: () => randomBytes(NONCE_BYTES).toString("base64url"),
};
