import type { SegmentStore } from "../domain/ports/segment-store.js";

const refuse = (): Promise<never> =>
  Promise.reject(new Error("this function was made without access to segments"));

/** For functions that never handle messages: they have no permission for the bucket, and need no S3 client. */
export const noSegments = (): SegmentStore => ({ put: refuse, get: refuse, delete: refuse });
