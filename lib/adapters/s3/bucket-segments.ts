import type { SegmentStore } from "../../domain/ports/segment-store.js";
import { s3Client } from "./client.js";
import { s3SegmentStore } from "./segment-store.js";

/** The segments in `bucket`, over a client of their own. */
export const bucketSegments = (bucket: string, at: { readonly endpoint?: string }): SegmentStore =>
  s3SegmentStore({ client: s3Client(at), bucket });
