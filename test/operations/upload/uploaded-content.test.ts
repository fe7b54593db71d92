import { memoryUpload } from "../../../lib/adapters/memory/upload-store.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import { keptUntilMs, parseUploadId } from "../../../lib/domain/upload.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { requestUpload } from "../../../lib/operations/upload/request-upload.js";
import { findUpload, uploadedContent } from "../../../lib/operations/upload/uploaded-content.js";
import { type Api, anApiWithTopic } from "../../http/an-api.js";

const TYPE = "text/plain";
const READING = { inlineLimitBytes: 4, bodyOf: (bytes: Uint8Array) => Buffer.from(bytes).toString() };

async function uploaded({ engine, storage }: Api, body: string): Promise<string> {
  const facts = { sizeBytes: body.length, contentType: TYPE };
  const { uploadId, url } = await requestUpload(engine, "orders", facts);
  memoryUpload(storage, new URL(url), { bytes: Buffer.from(body), contentType: TYPE });
  return uploadId;
}

const draftOf = (uploadId: string) => ({
  ...{ topic: "orders", uploadId },
  content: { body: "", contentType: "", tag: "t", uploadId },
});

const contentOf = async (engine: Engine, uploadId: string): Promise<MessageContent> =>
  await uploadedContent(engine, await findUpload(engine, draftOf(uploadId)), READING);

it("GIVEN a body up to the limit WHEN it is published THEN it is the message's own, its object unused", async () => {
  const api = await anApiWithTopic();
  const uploadId = await uploaded(api, "four");
  const content = await contentOf(api.engine, uploadId);
  expect(content).toEqual({ body: "four", contentType: TYPE, tag: "t", uploadId });
  expect([...api.storage.uploads.values()]).toMatchObject([{ isUsed: false }]);
});

it("GIVEN a larger one WHEN it is published THEN its object is kept, and outlives it", async () => {
  const api = await anApiWithTopic();
  const uploadId = await uploaded(api, "fives");
  const upload = parseUploadId(uploadId);
  const untilMs = upload && keptUntilMs(upload);
  const content = await contentOf(api.engine, uploadId);
  expect(content).toMatchObject({
    ...{ body: new Uint8Array(), contentType: TYPE, expiresAtMs: untilMs },
    uploaded: { sizeBytes: 5, keptUntilMs: untilMs },
  });
  expect([...api.storage.uploads.values()]).toMatchObject([{ isUsed: true }]);
});

it("GIVEN a bucket that deletes it before it is kept WHEN it is published THEN it is refused", async () => {
  const api = await anApiWithTopic();
  const uploadId = await uploaded(api, "fives");
  const keep = () => Promise.resolve("gone" as const);
  const engine = { ...api.engine, uploads: { ...api.engine.uploads, keep } };
  await expect(contentOf(engine, uploadId)).rejects.toMatchObject({
    ...{ code: "invalid-request", errors: [{ path: "uploadId" }] },
  });
});
