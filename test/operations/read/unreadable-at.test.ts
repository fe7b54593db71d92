import { unreadableAt } from "../../../lib/operations/read/unreadable-at.js";
import { aText, publishTexts } from "../a-deployment.js";
import { withAudit } from "../a-consumer.js";

it("GIVEN a slot whose bytes cannot be read THEN its header tells what it can of each message", async () => {
  const { engine, storage, clock } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  const expiresAtMs = clock.nowMs() + 60_000;
  const messages = [aText("a", { key: "k" }), aText("b", { key: "l", tag: "t", expiresAtMs })];
  const [, id] = await publishTexts(engine, "orders", ...messages);
  const slot = [...storage.logs.values()].flat()[0];
  const topic = await engine.topics.get("orders");
  if (!slot || !topic) throw new Error("nothing was stored");
  expect(unreadableAt({ topic, partition: 0 }, slot, slot.base + 1, "segment-missing")).toEqual({
    message: {
      ...{ id, partition: 0, offset: slot.base + 1, publishedAtMs: slot.publishedAtMs },
      ...{ key: "l", tag: "t", unreadable: "segment-missing" },
    },
    expiresAtMs,
  });
});
