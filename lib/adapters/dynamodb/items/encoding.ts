import type { Encoding } from "../../../domain/slot.js";
import { FORMAT, FORMAT_WITH_BROTLI } from "./format.js";

const ENCODINGS: Readonly<Record<Encoding, string>> = {
  msgpack: "m",
  "msgpack+deflate": "d",
  "msgpack+brotli": "b",
};

/** How an item's bytes are encoded, and the format that a release has to know to read them. */
export const encodingAttributes = (encoding: Encoding) => ({
  f: encoding === "msgpack+brotli" ? FORMAT_WITH_BROTLI : FORMAT,
  enc: ENCODINGS[encoding],
});

/** A damaged one is told by the bytes, which are not what it says. */
export function encodingIn({ enc }: Record<string, unknown>): Encoding {
  if (enc === ENCODINGS["msgpack+brotli"]) return "msgpack+brotli";
  return enc === ENCODINGS["msgpack+deflate"] ? "msgpack+deflate" : "msgpack";
}
