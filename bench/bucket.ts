import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { s3Client } from "../lib/adapters/s3/client.js";
import { s3SegmentStore } from "../lib/adapters/s3/segment-store.js";
import type { SegmentStore } from "../lib/domain/ports/segment-store.js";
import { REGION } from "../local/emulator.js";
import { startMiniStack } from "../local/ministack.js";
import { CREDENTIALS } from "./store.js";

const BUCKET = "segments";
const PATIENCE_MS = 30_000;

/** A bucket of MiniStack's, started for one benchmark. */
export async function withBucket(use: (segments: SegmentStore) => Promise<void>): Promise<void> {
  const emulator = await startMiniStack();
  const { endpointUrl: endpoint } = emulator;
  const client = s3Client({
    endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    requestTimeoutMs: PATIENCE_MS,
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await use(s3SegmentStore({ client, bucket: BUCKET }));
  } finally {
    client.destroy();
    await emulator.stop();
  }
}
