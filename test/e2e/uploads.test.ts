import { createHash, randomBytes } from "node:crypto";
import { unique } from "../contract/builders.js";
import { type DeployedQueue, deployment } from "./a-deployment.js";

jest.setTimeout(180_000);

/** More than comes with its message. */
const LARGE = randomBytes(6_000_000);

let queue: DeployedQueue;
let topic: string;
beforeAll(async () => {
  queue = (await deployment()).queue("Main");
});
beforeEach(async () => {
  topic = unique("uploads");
  await queue.client.putTopic(topic);
  await queue.client.putSubscription(topic, "reader");
});

const receiveOne = async () => (await queue.client.receive(topic, "reader", { waitSeconds: 15 }))[0];

it("GIVEN a large body WHEN it is published THEN it is uploaded, and its message leads to it", async () => {
  await queue.client.publish(topic, [{ body: LARGE, contentType: "video/mp4" }]);
  const message = await receiveOne();
  const bodySha256 = createHash("sha256").update(LARGE).digest("hex");
  expect(message).toMatchObject({ contentType: "video/mp4", bodyBytes: LARGE.length, bodySha256 });
  expect(message && LARGE.equals(await queue.client.bodies.bytes(message))).toBe(true);
});

it("GIVEN an upload of little WHEN it is published, twice THEN it comes with its message, once", async () => {
  const bytes = Buffer.from("some bytes");
  const uploadId = await queue.client.bodies.upload(topic, bytes, { contentType: "image/png" });
  const ids = [];
  for (let times = 0; times < 2; times++)
    ids.push((await queue.client.publish(topic, [{ uploadId }])).messages[0]?.id);
  expect(ids[1]).toBe(ids[0]);
  expect(await receiveOne()).toMatchObject({ id: ids[0], bodyBase64: bytes.toString("base64") });
});
