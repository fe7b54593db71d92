import { memoryUpload } from "../../../lib/adapters/memory/upload-store.js";
import { UPLOAD_FOR_MS, keptUntilMs, parseUploadId } from "../../../lib/domain/upload.js";
import { requestUpload } from "../../../lib/operations/upload/request-upload.js";
import { anApiWithTopic } from "../../http/an-api.js";

const FACTS = { sizeBytes: 4, contentType: "text/plain" };

it("GIVEN a topic WHEN a body is to be uploaded THEN its URL takes it once, and it lives long enough", async () => {
  const { engine, storage } = await anApiWithTopic({}, { retentionSeconds: 86_400 });
  const { uploadId, url, expiresAtMs } = await requestUpload(engine, "orders", FACTS);
  const put = { bytes: Buffer.from("body"), contentType: "text/plain" };
  expect(memoryUpload(storage, new URL(url), put)).toBeUndefined();
  expect(memoryUpload(storage, new URL(url), put)).toBe("was uploaded before");
  const nowMs = engine.clock.nowMs();
  expect(expiresAtMs).toBe(nowMs + 3_600_000);
  const upload = parseUploadId(uploadId);
  expect(upload && keptUntilMs(upload)).toBeGreaterThan(nowMs + UPLOAD_FOR_MS + 86_400_000);
});

it("GIVEN a topic that takes nothing, or none WHEN a body is to be uploaded THEN that is refused at once", async () => {
  const api = await anApiWithTopic();
  const { engine } = api;
  await api.send("PATCH", "/v1/topics/orders", { paused: "publish" });
  await expect(requestUpload(engine, "orders", FACTS)).rejects.toMatchObject({ code: "topic-paused" });
  await expect(requestUpload(engine, "none", FACTS)).rejects.toMatchObject({ code: "topic-not-found" });
});

it("GIVEN a limit of its own WHEN a larger body is to be uploaded THEN that is refused, and says so", async () => {
  const api = await anApiWithTopic();
  const engine = { ...api.engine, settings: { ...api.engine.settings, uploadLimitBytes: 3 } };
  await expect(requestUpload(engine, "orders", FACTS)).rejects.toMatchObject({
    ...{ code: "invalid-request", errors: [{ path: "sizeBytes" }] },
  });
  await expect(requestUpload(engine, "orders", { ...FACTS, sizeBytes: 3 })).resolves.toHaveProperty("url");
});
