import { createHash } from "node:crypto";
import type { UploadFacts, UploadStore } from "../../domain/ports/upload-store.js";
import { type MemoryStorage, answered, copyBytes } from "./storage.js";

/** What the URLs of uploads begin with, where nobody serves them. */
const NOWHERE = "http://uploads.invalid/";

/** Uploads in memory. `base`: where `memoryUpload` and `segments` are served. */
export const memoryUploadStore = (
  { segments, uploads }: MemoryStorage,
  base: () => string = () => NOWHERE,
): UploadStore => ({
  putUrl: async (key, { sizeBytes, contentType, sha256 }) => {
    await answered();
    const query = new URLSearchParams({ size: String(sizeBytes), ...(sha256 ? { sha256 } : {}) });
    const headers = { "content-type": contentType, "content-length": String(sizeBytes) };
    return { url: `${base()}${encodeURIComponent(key)}?${query.toString()}`, headers };
  },
  find: async (key) => {
    await answered();
    return segments.has(key) ? uploads.get(key)?.facts : undefined;
  },
  keep: async (key) => {
    await answered();
    const upload = segments.has(key) ? uploads.get(key) : undefined;
    if (!upload) return "gone";
    uploads.set(key, { ...upload, isUsed: true });
    return "kept";
  },
  getUrl: async (key) => {
    await answered();
    return `${base()}${encodeURIComponent(key)}`;
  },
});

/** The object that a URL of this store is for. */
export const uploadKeyIn = ({ pathname }: URL): string =>
  decodeURIComponent(pathname.slice(pathname.lastIndexOf("/") + 1));

/** Carries out a PUT that `putUrl` gave. Returns what is wrong with it, as S3 would refuse it. */
export function memoryUpload(
  { segments, uploads }: MemoryStorage,
  url: URL,
  { bytes, contentType }: { readonly bytes: Uint8Array; readonly contentType: string },
): string | undefined {
  const key = uploadKeyIn(url);
  if (segments.has(key)) return "was uploaded before";
  if (bytes.length !== Number(url.searchParams.get("size")))
    return `has ${bytes.length} bytes, not ${url.searchParams.get("size")}`;
  const digest = createHash("sha256").update(bytes).digest("base64url");
  const promised = url.searchParams.get("sha256");
  if (promised !== null && promised !== digest) return "has another SHA-256 than was promised";
  const facts: UploadFacts = {
    ...{ sizeBytes: bytes.length, contentType },
    ...(promised === null ? {} : { sha256: digest }),
  };
  segments.set(key, copyBytes(bytes));
  uploads.set(key, { facts, isUsed: false });
  return undefined;
}
