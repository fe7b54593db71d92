import { s3Client } from "../../../lib/adapters/s3/client.js";
import { s3SegmentStore } from "../../../lib/adapters/s3/segment-store.js";
import { AService, type ServiceAnswer } from "../aws/a-service.js";

const PATIENCE = { maxAttempts: 1, requestTimeoutMs: 300 };

const error = (status: number, code: string): ServiceAnswer => ({
  status,
  headers: { "content-type": "application/xml", "x-amz-request-id": "R123" },
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as it is</Message></Error>`,
});

async function getFrom(answer: ServiceAnswer | "silence"): Promise<Uint8Array | undefined> {
  const service = new AService(answer);
  const client = s3Client({ ...(await service.start()), ...PATIENCE });
  try {
    return await s3SegmentStore({ client, bucket: "segments" }).get("segments/3d/one");
  } finally {
    client.destroy();
    await service.stop();
  }
}

describe("a segment", () => {
  it("is missing where S3 says so of the key, and only there", async () => {
    expect(await getFrom(error(404, "NoSuchKey"))).toBeUndefined();
  });

  it.each([
    [404, "NoSuchBucket"],
    [404, "NotFound"],
    [403, "AccessDenied"],
    [403, "InvalidObjectState"],
    [400, "ExpiredToken"],
    [500, "InternalError"],
    [503, "ServiceUnavailable"],
  ])("is not known to be missing after %s %s; the log says why", async (status, code) => {
    const failure: unknown = await getFrom(error(status, code)).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: "storage-unavailable" });
    expect(String(failure)).toContain(`${code}: as it is (HTTP ${status}, request R123)`);
  });

  it.each([
    ["an empty 404", { status: 404 }],
    ["a page of somebody else's", { status: 404, body: "<html>no such page</html>" }],
    ["no answer in time", "silence"],
  ] as const)("is not known to be missing after %s", async (_what, answer) => {
    await expect(getFrom(answer)).rejects.toMatchObject({ code: "storage-unavailable" });
  });

  it("is asked for too often", async () => {
    await expect(getFrom(error(503, "SlowDown"))).rejects.toMatchObject({ code: "throttled" });
  });
});
