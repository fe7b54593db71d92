import { findSubscription } from "../../../lib/operations/lookup.js";
import { type StretchRequest, readStretch } from "../../../lib/operations/redrive/stretch.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { publishTogether, withAudit } from "../a-consumer.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";
import { LARGE } from "./with-dead.js";

/** Offsets begin at the clock, in microseconds. */
const BASE = START_MS * 1_000;

async function withSlots() {
  const audit = await withAudit({ topic: { partitions: 1 } });
  const { engine } = audit;
  await publishTogether(engine, "0", "1", "2");
  await publishTogether(engine, "3", "4");
  const reader = await findSubscription(engine, "orders", "audit");
  const request: StretchRequest = {
    ...{
      selection: {},
      range: { partition: 0, from: BASE, slotBase: BASE, to: BASE + 5 },
      limit: 100,
      isLenient: false,
    },
    untilMs: engine.clock.nowMs() + 60_000,
  };
  return { ...audit, reader, request };
}

it("GIVEN a limit WHEN a range is read THEN it ends within a slot, and the next stretch goes on there", async () => {
  const { engine, reader, request } = await withSlots();
  const first = await readStretch(engine, reader, { ...request, limit: 2 });
  expect(first).toMatchObject({ counts: { read: 2, matched: 2 }, next: { head: BASE + 2, slotBase: BASE } });
  expect(first.candidates.map(({ next }) => next.head)).toEqual([BASE + 1, BASE + 2]);
  const { head: from, slotBase } = first.next;
  const range = { partition: 0, from, slotBase, to: BASE + 5 };
  const second = await readStretch(engine, reader, { ...request, range });
  expect(second).toMatchObject({ counts: { read: 3, matched: 3 }, next: { head: BASE + 5 } });
});

it("GIVEN a range that ends within a slot THEN nothing behind it is read", async () => {
  const { engine, reader, request } = await withSlots();
  const range = { partition: 0, from: BASE + 1, slotBase: BASE, to: BASE + 4 };
  const { candidates, counts } = await readStretch(engine, reader, { ...request, range });
  expect(candidates.map(({ message: { offset } }) => offset - BASE)).toEqual([1, 2, 3]);
  expect(counts.read).toBe(3);
});

it("GIVEN what has expired THEN it is counted, and the range is over", async () => {
  const { engine, reader, request, clock } = await withSlots();
  clock.advance(reader.topic.retentionSeconds * 1_000 + 1);
  const read = await readStretch(engine, reader, { ...request, untilMs: clock.nowMs() + 1_000 });
  expect(read).toMatchObject({ candidates: [], counts: { read: 5, expired: 5 }, next: { head: BASE + 5 } });
});

it("GIVEN an object that cannot be read THEN that is thrown, and where it is lenient, counted", async () => {
  const { engine, reader, request, process } = await withSlots();
  await publishTexts(engine, "orders", aText(LARGE));
  const range = { partition: 0, from: BASE, slotBase: BASE, to: BASE + 6 };
  const failing = process((ports) =>
    portsAround(ports, ({ name }, carryOut) => {
      if (name === "segments.get") throw new StorageUnavailable("reading");
      return carryOut();
    }),
  );
  await expect(readStretch(failing, reader, { ...request, range })).rejects.toThrow(StorageUnavailable);
  const { counts } = await readStretch(failing, reader, { ...request, range, isLenient: true });
  expect(counts).toMatchObject({ read: 6, matched: 5, unreadable: 1 });
});
