import { memoryUpload } from "../../../lib/adapters/memory/upload-store.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { MemoryBudget, memoryBytesFor } from "../../../lib/operations/memory-budget.js";
import { requestUpload } from "../../../lib/operations/upload/request-upload.js";
import { withUploads } from "../../../lib/operations/upload/with-uploads.js";
import { type Api, anApiWithTopic } from "../../http/an-api.js";

const TYPE = "text/plain";
const READING = { inlineLimitBytes: 4, bodyOf: (bytes: Uint8Array) => Buffer.from(bytes).toString() };

async function draftOf({ engine, storage }: Api, body: string) {
  const facts = { sizeBytes: body.length, contentType: TYPE };
  const { uploadId, url } = await requestUpload(engine, "orders", facts);
  memoryUpload(storage, new URL(url), { bytes: Buffer.from(body), contentType: TYPE });
  return { topic: "orders", uploadId, content: { body: "", contentType: "", uploadId } };
}

async function aPublisher(roomFor: number, ...bodies: readonly string[]) {
  const api = await anApiWithTopic();
  const drafts = await Promise.all(bodies.map((body) => draftOf(api, body)));
  return { engine: { ...api.engine, budget: new MemoryBudget(memoryBytesFor(roomFor)) }, drafts };
}

it("GIVEN small bodies WHEN they are published THEN their bytes count in the budget until that has ended", async () => {
  const { engine, drafts } = await aPublisher(100, "abc", "d", "large one");
  const held = await withUploads(engine, drafts, READING, (prepared) => {
    expect(prepared).toMatchObject([{ body: "abc" }, { body: "d" }, { uploaded: { sizeBytes: 9 } }]);
    return Promise.resolve(engine.budget.heldBytes);
  });
  expect([held, engine.budget.heldBytes]).toEqual([memoryBytesFor(4), 0]);
});

it("GIVEN a publish that has taken the memory WHEN another comes THEN it reads nothing before that ends", async () => {
  // GIVEN
  const { engine, drafts } = await aPublisher(5, "abc", "def");
  const reads: string[] = [];
  const segments = {
    ...engine.segments,
    get: (key: string) => {
      reads.push(key);
      return engine.segments.get(key);
    },
  };
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const watched = { ...engine, segments };
  // WHEN
  const first = withUploads(watched, drafts.slice(0, 1), READING, () => ended);
  const second = withUploads(watched, drafts.slice(1), READING, () => Promise.resolve());
  await new Promise(setImmediate);
  // THEN
  expect(reads).toHaveLength(1);
  end();
  await Promise.all([first, second]);
  expect(reads).toHaveLength(2);
});

it("GIVEN more than there is memory for WHEN it is published THEN the small ones are refused", async () => {
  const { engine, drafts } = await aPublisher(5, "abc", "def", "large one");
  const publish = (prepared: readonly unknown[]) => Promise.resolve(prepared);
  const tooMuch = { code: "invalid-request", errors: [{ path: "uploadId" }] };
  expect(await withUploads(engine, drafts, READING, publish)).toMatchObject([
    tooMuch,
    tooMuch,
    { uploaded: {} },
  ]);
});

it("GIVEN memory for less than one WHEN that comes alone THEN it goes all the same", async () => {
  const { engine, drafts } = await aPublisher(1, "abc");
  const publish = (prepared: readonly unknown[]) => Promise.resolve(prepared);
  expect(await withUploads(engine, drafts, READING, publish)).toMatchObject([{ body: "abc" }]);
});

it("GIVEN some that can be published and some that cannot WHEN they are THEN both are told of, by topic", async () => {
  const api = await anApiWithTopic();
  const draft = await draftOf(api, "abc");
  const gone = await requestUpload(api.engine, "orders", { sizeBytes: 2, contentType: TYPE });
  const drafts = [draft, await draftOf(api, "large one"), { ...draft, uploadId: gone.uploadId }];
  const events: unknown[] = [];
  const telemetry = { event: (...event: unknown[]) => void events.push(event) };
  await withUploads({ ...api.engine, telemetry }, drafts, READING, () => Promise.resolve());
  const refused = { topic: "orders", messages: 1, why: expect.stringContaining("no body") as string };
  expect(events).toEqual([
    ["uploads-taken", "info", { topic: "orders", messages: 2, bytes: 12 }],
    ["uploads-refused", "info", refused],
  ]);
});

it("GIVEN a bucket that does not answer of one WHEN it is published THEN that costs no other", async () => {
  const { engine, drafts } = await aPublisher(100, "abc", "large one");
  const keep = () => Promise.reject(new StorageUnavailable("keeping an upload"));
  const failing = { ...engine, uploads: { ...engine.uploads, keep } };
  const prepared = await withUploads(failing, drafts, READING, (all) => Promise.resolve(all));
  expect(prepared).toMatchObject([{ body: "abc" }, { code: "storage-unavailable" }]);
});
