import { messagesBetween } from "../../../lib/operations/log/messages-between.js";
import { findTopic } from "../../../lib/operations/lookup.js";
import { publishEach, withAudit } from "../a-consumer.js";

const HOUR_MS = 3_600_000;

/** Three messages, an hour in which they expire, and four more behind the jump. */
async function withJump() {
  const audit = await withAudit({ topic: { retentionSeconds: 3_600, partitions: 1 } });
  await publishEach(audit.engine, "a", "b", "c");
  audit.clock.advance(HOUR_MS);
  await publishEach(audit.engine, "d", "e", "f", "g");
  const partition = { topic: await findTopic(audit.engine, "orders"), partition: 0 };
  const [slots = []] = [...audit.storage.logs.values()];
  const bases = slots.map(({ base }) => base);
  const tail = await audit.engine.log.tail(partition);
  if (!tail) throw new Error("nothing was published");
  const between = (from: number, to: number): Promise<number> =>
    messagesBetween(audit.engine, partition, tail, from, to);
  return { bases, between, end: tail.base + tail.count };
}

it("counts offsets that are not a jump apart, whether or not a slot is left of them", async () => {
  const { bases, between } = await withJump();
  const [first = 0] = bases;
  expect(await between(first, first + 3)).toBe(3);
  expect(await between(first + 1, first + 2)).toBe(1);
  expect(await between(first, first)).toBe(0);
});

it("leaves out the jump between what expired and what came after it", async () => {
  const { bases, between, end } = await withJump();
  const [first = 0] = bases;
  expect(await between(first, end)).toBe(7);
  expect(await between(first + 1, end - 1)).toBe(5);
});

it("leaves out what lies before the first slot of all", async () => {
  const { between, end } = await withJump();
  expect(await between(0, end)).toBe(7);
});
