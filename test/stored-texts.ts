import { brotliDecompressSync, inflateRawSync } from "node:zlib";

const UNPACKING = [(bytes: Uint8Array) => bytes, inflateRawSync, brotliDecompressSync] as const;

/** Where in a store `text` is: in what is plain, and in what is packed. */
export function placesOf(store: object, text: string): readonly string[] {
  const places: string[] = [];
  const seen = new Set<unknown>();
  const look = (value: unknown, place: string): void => {
    if (typeof value === "string" && value.includes(text)) places.push(place);
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Uint8Array) {
      if (UNPACKING.some((unpack) => contains(unpack, value, text))) places.push(place);
      return;
    }
    const entries: Iterable<readonly [unknown, unknown]> =
      "entries" in value && typeof value.entries === "function"
        ? (value.entries() as Iterable<readonly [unknown, unknown]>)
        : Object.entries(value);
    for (const [key, inner] of entries) {
      look(key, `${place} key`);
      look(inner, `${place}.${String(key)}`);
    }
  };
  for (const [name, value] of Object.entries(store)) look(value, name);
  return places;
}

function contains(unpack: (bytes: Uint8Array) => Uint8Array, bytes: Uint8Array, text: string): boolean {
  try {
    return Buffer.from(unpack(bytes)).includes(text);
  } catch {
    return false;
  }
}
