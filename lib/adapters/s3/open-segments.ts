import type { SegmentStore } from "../../domain/ports/segment-store.js";

/**
 * The segments in `bucket`, over a client of this process. The SDK's part for S3 is loaded with the first of them: most
 * messages lie in their slots, and every start would wait for it.
 */
export function openSegments(bucket: string, at: { readonly endpoint?: string }): SegmentStore {
  let opened: Promise<SegmentStore> | undefined;
  const segments = (): Promise<SegmentStore> => (opened ??= open(bucket, at));
  return {
    put: async (key, bytes) => await (await segments()).put(key, bytes),
    get: async (key) => await (await segments()).get(key),
    delete: async (key) => await (await segments()).delete(key),
  };
}

async function open(bucket: string, at: { readonly endpoint?: string }): Promise<SegmentStore> {
  const { bucketSegments } = await import("./bucket-segments.js");
  return bucketSegments(bucket, at);
}
