import { s3Client } from "../../../lib/adapters/s3/client.js";
import { s3UploadStore } from "../../../lib/adapters/s3/upload-store.js";
import { AService, type ServiceAnswer } from "../aws/a-service.js";

const PATIENCE = { maxAttempts: 1, requestTimeoutMs: 300 };
const noSuchKey: ServiceAnswer = {
  status: 404,
  headers: { "content-type": "application/xml" },
  body: '<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>as it is</Message></Error>',
};

async function keptBy(answer: ServiceAnswer): Promise<"kept" | "gone"> {
  const service = new AService(answer);
  const client = s3Client({ ...(await service.start()), ...PATIENCE });
  try {
    return await s3UploadStore({ client, bucket: "segments" }).keep("segments/30d/one");
  } finally {
    client.destroy();
    await service.stop();
  }
}

describe("an upload that is to be kept", () => {
  it("is gone where S3 says so of its key", async () => {
    expect(await keptBy(noSuchKey)).toBe("gone");
  });

  it.each<[string, ServiceAnswer]>([
    ["an empty 404", { status: 404 }],
    ["a page of somebody else's", { status: 404, body: "<html>no such page</html>" }],
  ])("is not known to be gone after %s: its publish may be sent again", async (_what, answer) => {
    await expect(keptBy(answer)).rejects.toMatchObject({ code: "storage-unavailable" });
  });
});
