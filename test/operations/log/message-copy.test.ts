import type { MessageContent } from "../../../lib/domain/message.js";
import { copyMessage, openCopy } from "../../../lib/operations/log/message-copy.js";
import { START_MS, aDeployment, aText } from "../a-deployment.js";

const TOPIC = { name: "orders", uid: "u-1" };
const DAY_MS = 86_400_000;
const named = { nonce: "n-1", expiresAtMs: START_MS + 14 * DAY_MS };
const noise = (bytes: number): string =>
  Array.from({ length: bytes / 8 }, (_, at) => String((at * 7_919_777) % 99_999_999).padStart(8, "0")).join(
    "",
  );

describe("the copy of a message", () => {
  it.each<[string, MessageContent]>([
    ["text", aText("a ☹", { key: "k", tag: "t", attributes: { a: 1, b: true, c: "x" }, businessKey: "7" })],
    ["bytes", { body: new Uint8Array([0, 255, 128]), contentType: "image/png" }],
    ["large text", aText(noise(80_000), { key: "k" })],
  ])("is the message, with everything that was published: %s", async (_what, message) => {
    const engine = aDeployment().process();
    const read = (await openCopy(engine, await copyMessage(engine, TOPIC, message, named))) as MessageContent;
    expect({ ...read, body: Buffer.from(read.body) }).toEqual({
      ...message,
      body: Buffer.from(message.body),
    });
  });

  it("lies in an object of the class that outlives it, if it is large", async () => {
    const { process, storage } = aDeployment();
    const { content } = await copyMessage(process(), TOPIC, aText(noise(80_000)), named);
    expect(content).toMatchObject({ kind: "segment", key: "segments/21d/orders/u-1/n-1" });
    expect([...storage.segments.keys()]).toEqual(["segments/21d/orders/u-1/n-1"]);
  });

  it("is inline up to 10 KB, however much a slot may hold, as several copies go into one write", async () => {
    const { process } = aDeployment();
    const engine = process(() => ({}), { inlineLimitBytes: 300_000 });
    const kindOf = async (bytes: number) =>
      (await copyMessage(engine, TOPIC, { body: new Uint8Array(bytes), contentType: "a/b" }, named)).content;
    expect(await kindOf(8_000)).toMatchObject({ kind: "inline" });
    const { content } = await copyMessage(engine, TOPIC, aText(noise(80_000)), named);
    expect(content).toMatchObject({ kind: "segment" });
  });

  it("says why it cannot be read, and fails where that may pass", async () => {
    const { process, storage } = aDeployment();
    const engine = process();
    const copy = await copyMessage(engine, TOPIC, aText(noise(80_000)), named);
    storage.segments.set("segments/21d/orders/u-1/n-1", new Uint8Array([1]));
    expect(await openCopy(engine, copy)).toMatchObject({ reason: "checksum-mismatch" });
    storage.segments.clear();
    expect(await openCopy(engine, copy)).toMatchObject({ reason: "segment-missing" });
  });
});
