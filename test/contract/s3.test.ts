import {
  CreateBucketCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import { lookAtBucket } from "../../lib/adapters/s3/bucket-look.js";
import { s3Client } from "../../lib/adapters/s3/client.js";
import { s3SegmentStore } from "../../lib/adapters/s3/segment-store.js";
import { s3UploadStore } from "../../lib/adapters/s3/upload-store.js";
import { TEST_CREDENTIALS, TEST_REGION, endpointIn } from "../adapters/endpoint.js";
import { aNonce } from "./builders.js";
import { segmentStoreContract } from "./segment-store.js";
import { uploadStoreContract } from "./upload-store.js";

const PATIENCE_MS = 30_000;
jest.setTimeout(PATIENCE_MS);

describe("S3", () => {
  const endpoint = endpointIn(["SLUICE_TEST_S3", "AWS_ENDPOINT_URL"], "S3 emulator");
  const client = s3Client({
    endpoint,
    region: TEST_REGION,
    credentials: TEST_CREDENTIALS,
    requestTimeoutMs: PATIENCE_MS,
  });
  const bucket = `sluice-contract-${aNonce()
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "0")}`;
  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(() => client.destroy());

  segmentStoreContract(async () => s3SegmentStore({ client, bucket }));
  uploadStoreContract(async () => ({
    uploads: s3UploadStore({ client, bucket }),
    segments: s3SegmentStore({ client, bucket }),
    put: async ({ url, headers }, bytes) => {
      const { "content-length": _, ...others } = headers;
      return (await fetch(url, { method: "PUT", headers: others, body: bytes })).ok;
    },
    get: async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer()),
  }));

  it("has the size, the type, the digest and the mark of an upload signed", async () => {
    const uploads = s3UploadStore({ client, bucket });
    const facts = { sizeBytes: 7, contentType: "text/plain", sha256: "A".repeat(43) };
    const { url, headers } = await uploads.putUrl("segments/3d/x", facts, 60);
    const signed = new URL(url).searchParams.get("X-Amz-SignedHeaders")?.split(";");
    expect(signed).toEqual(expect.arrayContaining([...Object.keys(headers), "host"]));
    expect(headers).toMatchObject({ "content-length": "7", "content-type": "text/plain" });
    expect(headers).toMatchObject({ "x-amz-tagging": "sluice-upload=unused" });
    expect(headers["x-amz-checksum-sha256"]).toBe(`${"A".repeat(43)}=`);
    // The SDK's own would be that of an empty body.
    const { url: other } = await uploads.putUrl("segments/3d/x", { sizeBytes: 7, contentType: "a/b" }, 60);
    expect(other).not.toMatch(/checksum/);
  });

  it("tells a bucket's settings, and of its rules those that delete all below a prefix", async () => {
    const Bucket = `${bucket}-look`;
    await client.send(new CreateBucketCommand({ Bucket }));
    expect(await lookAtBucket(client, Bucket)).toEqual({ name: Bucket, isVersioned: false, expirations: [] });
    const rule = { Status: "Enabled", Expiration: { Days: 3 } } as const;
    const Rules = [
      { ...rule, ID: "all", Filter: { Prefix: "segments/3d/" } },
      { ...rule, ID: "off", Status: "Disabled", Filter: { Prefix: "segments/4d/" } } as const,
      { ...rule, ID: "some", Filter: { And: { Prefix: "segments/", Tags: [{ Key: "a", Value: "b" }] } } },
    ];
    await client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
    );
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    expect(await lookAtBucket(client, Bucket)).toEqual({
      ...{ name: Bucket, isVersioned: true, expirations: [{ prefix: "segments/3d/", days: 3 }] },
    });
  });

  it("keeps 12 MB as they are", async () => {
    const segments = s3SegmentStore({ client, bucket });
    const bytes = Uint8Array.from({ length: 12 * 1_024 * 1_024 }, (_, at) => at % 251);
    await segments.put("segments/3d/large", bytes);
    expect(Buffer.compare((await segments.get("segments/3d/large")) ?? new Uint8Array(), bytes)).toBe(0);
  });

  it("keeps no bytes at all as no bytes, not as nothing", async () => {
    const segments = s3SegmentStore({ client, bucket });
    await segments.put("segments/3d/empty", new Uint8Array());
    expect(await segments.get("segments/3d/empty")).toHaveLength(0);
  });

  it("does not take a bucket that is not there for an object that is not there", async () => {
    const segments = s3SegmentStore({ client, bucket: `${bucket}-gone` });
    await expect(segments.get("segments/3d/any")).rejects.toMatchObject({ code: "storage-unavailable" });
    await expect(segments.put("segments/3d/any", new Uint8Array(1))).rejects.toMatchObject({
      code: "storage-unavailable",
    });
  });

  it("does not know what there is where nobody answers", async () => {
    const [nobody, patience] = ["http://127.0.0.1:1", { maxAttempts: 1, requestTimeoutMs: 1_000 }];
    const dead = s3Client({
      endpoint: nobody,
      region: TEST_REGION,
      credentials: TEST_CREDENTIALS,
      ...patience,
    });
    const segments = s3SegmentStore({ client: dead, bucket });
    await expect(segments.get("segments/3d/any")).rejects.toMatchObject({ code: "storage-unavailable" });
  });
});
