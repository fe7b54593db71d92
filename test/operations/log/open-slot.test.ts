import type { Slot } from "../../../lib/domain/slot.js";
import { messageAt, openSlot, setAsideOf } from "../../../lib/operations/log/open-slot.js";
import { aText } from "../a-deployment.js";
import { aLog, mangled, objectOf, slotIn } from "../a-log.js";
import type { PortCall } from "../ports-around.js";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Longer than an object is given the benefit of the doubt. */
const MANY_TRIES = 12;

const namesOf = (calls: PortCall[]): string[] => calls.splice(0).map(({ name }) => name);

describe("a slot that is opened", () => {
  it("GIVEN bytes in S3 WHEN it is opened twice THEN they are fetched once", async () => {
    const log = await aLog(["a", "b"]);
    const slot = slotIn(log, 0);
    const expected = { kind: "readable", slot, messages: [aText("a"), aText("b")] };
    expect(await openSlot(log.engine, slot)).toMatchObject(expected);
    expect(await openSlot(log.engine, slot)).toMatchObject(expected);
    expect(namesOf(log.calls)).toEqual(["segments.get"]);
  });

  it.each([true, false])(
    "GIVEN a large one WHEN it is opened, threads: %s THEN it is the same",
    async (hasThreads) => {
      const log = await aLog(["a".repeat(50_000), "b"]);
      const engine = { ...log.engine, settings: { ...log.engine.settings, hasThreads } };
      const opened = await openSlot(engine, slotIn(log, 0));
      expect(opened).toMatchObject({ kind: "readable", messages: [{}, aText("b")] });
      const other = await aLog(["a".repeat(50_000), "b"]);
      const damaged = { ...slotIn(other, 0), count: 3 };
      const found = await openSlot({ ...other.engine, settings: engine.settings }, damaged);
      expect(found).toMatchObject({ kind: "unreadable", reason: "undecodable" });
    },
  );

  it("GIVEN it has expired THEN it says so, and nothing is fetched, though the process remembers it", async () => {
    const log = await aLog(["a"]);
    const slot = slotIn(log, 0);
    await openSlot(log.engine, slot);
    namesOf(log.calls);
    log.clock.advance(HOUR_MS - 1);
    expect(await openSlot(log.engine, slot)).toMatchObject({ kind: "readable" });
    log.clock.advance(1);
    expect(await openSlot(log.engine, slot)).toEqual({ kind: "expired", slot });
    expect(namesOf(log.calls)).toEqual([]);
  });

  it.each<[reason: string, change: (slot: Slot) => Slot]>([
    ["undecodable", mangled],
    ["checksum-mismatch", (slot) => ({ ...slot, checksum: `${slot.checksum}x` })],
    [
      "segment-missing",
      (slot) => ({ ...slot, content: { kind: "segment", key: "segments/1d/gone", sizeBytes: 9 } }),
    ],
  ])("GIVEN it is damaged THEN it is unreadable, with the reason %s", async (reason, change) => {
    const log = await aLog(["a"]);
    const slot = change(slotIn(log, 0));
    expect(await openSlot(log.engine, slot)).toEqual({ kind: "unreadable", slot, reason });
  });

  it("GIVEN its object fails for long WHEN others are read meanwhile THEN it is unreadable", async () => {
    // GIVEN
    const log = await aLog(["a"], ...Array.from({ length: MANY_TRIES }, () => ["b"]));
    const slot = slotIn(log, 0);
    log.failing.add(objectOf(slot));
    await expect(openSlot(log.engine, slot)).rejects.toMatchObject({ code: "storage-unavailable" });
    // WHEN
    const outcomes: unknown[] = [];
    for (let at = 1; at < MANY_TRIES; at++) {
      log.clock.advance(MINUTE_MS / 2);
      await openSlot(log.engine, slotIn(log, at));
      outcomes.push(await openSlot(log.engine, slot).catch(() => "failed"));
    }
    // THEN
    expect(outcomes[0]).toBe("failed");
    expect(outcomes.at(-1)).toEqual({ kind: "unreadable", slot, reason: "segment-unavailable" });
  });

  it("GIVEN its object fails for long WHEN no other is read THEN it may be the store, and it throws", async () => {
    const log = await aLog(["a"]);
    const slot = slotIn(log, 0);
    log.failing.add(objectOf(slot));
    for (let time = 0; time < MANY_TRIES; time++) {
      await expect(openSlot(log.engine, slot)).rejects.toMatchObject({ code: "storage-unavailable" });
      log.clock.advance(MINUTE_MS);
    }
    log.failing.clear();
    expect(await openSlot(log.engine, slot)).toMatchObject({ kind: "readable" });
  });
});

it("GIVEN an opened slot THEN a message of it has the id that its publisher got, and its offset", async () => {
  const log = await aLog(["a"], ["b", "c"]);
  const slot = slotIn(log, 1);
  const opened = await openSlot(log.engine, slot);
  if (opened.kind !== "readable") throw new Error(opened.kind);
  const offset = slot.base + 1;
  expect(messageAt(log.partition, slot, opened.messages, offset)).toEqual({
    ...aText("c"),
    id: log.ids[2],
    partition: 0,
    offset,
    publishedAtMs: slot.publishedAtMs,
  });
});

const keyOf = ({ content }: Slot): string | undefined =>
  content.kind === "segment" ? content.key : undefined;

it("GIVEN an unreadable slot WHEN it is set aside THEN that is told as an error, with its place", async () => {
  const log = await aLog(["a", "b"]);
  const slot = slotIn(log, 0);
  const fields = { partition: 0, base: slot.base, count: 2, reason: "undecodable" };
  expect(setAsideOf(log.engine, log.partition, { slot, reason: "undecodable" })).toEqual({
    ...fields,
    atMs: log.clock.nowMs(),
  });
  expect(log.telemetry.events).toEqual([
    { name: "slot-set-aside", level: "error", fields: { topic: "orders", ...fields, segment: keyOf(slot) } },
  ]);
});
