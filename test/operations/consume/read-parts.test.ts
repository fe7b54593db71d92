import { compileFilter } from "../../../lib/domain/filter/filter.js";
import { countOf } from "../../../lib/operations/log/read-range.js";
import { readParts } from "../../../lib/operations/consume/read-parts.js";
import type { Take, Takes } from "../../../lib/operations/consume/take.js";
import { aText } from "../a-deployment.js";
import { aLog, slotIn } from "../a-log.js";

const LEASE_MS = 1_000;
const OPTIONS = { times: 1, looks: 0, slotCount: 1, matching: 1 };
const aTake = (maxMessages: number, fields: Partial<Take> = {}): Take => ({
  maxMessages,
  maxBytes: 1_000,
  leaseMs: LEASE_MS,
  ...fields,
});

/** Of slots of two messages. */
async function read(takes: Takes, options: Partial<typeof OPTIONS> = {}) {
  const log = await aLog(["a", "b"], ["c", "d"], ["e", "x".repeat(600)]);
  const base = slotIn(log, 0).base;
  const place = { head: base, slotBase: base };
  const parts = await readParts(log.engine, log.partition, place, takes, { ...OPTIONS, ...options });
  return {
    bodies: parts.entries.map(({ message }) => String(message.body).slice(0, 1)).join(""),
    shares: parts.shares,
    next: { head: parts.next.head - base, slotBase: parts.next.slotBase - base },
    isFull: parts.isFull,
  };
}

it("gives each request what it asks for, in the order of the log", async () => {
  expect(await read([aTake(1), aTake(2), aTake(1)])).toMatchObject({
    bodies: "abcd",
    shares: [1, 2, 1],
    next: { head: 4, slotBase: 4 },
  });
});

it("leaves later requests without a share where the log ends", async () => {
  expect(await read([aTake(5), aTake(2), aTake(2)])).toMatchObject({ bodies: "abcdex", shares: [5, 1] });
});

it("goes no further than the first request for whose first message there is no room", async () => {
  expect(await read([aTake(5), aTake(5, { maxBytes: 100 })])).toMatchObject({
    bodies: "abcde",
    shares: [5],
    next: { head: 5, slotBase: 4 },
    isFull: true,
  });
});

it("keeps each request below its own bytes", async () => {
  const { bodies, shares } = await read([aTake(9, { sizeOf: () => 500 }), aTake(9, { sizeOf: () => 1_000 })]);
  expect([bodies, shares]).toEqual(["abc", [2, 1]]);
});

it("takes a first message however large, for the first request only", async () => {
  const large = { sizeOf: () => 5_000 };
  expect(await read([aTake(2, large), aTake(2, large)])).toMatchObject({ bodies: "a", shares: [1] });
});

it("GIVEN a filter WHEN the division ends early THEN only what lies before its end counts as left out", async () => {
  // GIVEN
  const unwanted = aText("-", { tag: "unwanted" });
  const log = await aLog(["a", unwanted, "b"], [unwanted, "c"]);
  const base = slotIn(log, 0).base;
  const filter = compileFilter('{ "tag": [{ "exists": false }] }');
  const filterNow = () => Promise.resolve({ text: "", filter });
  const takes = [aTake(1), aTake(2, { maxBytes: 0 })] as const;
  // WHEN
  const place = { head: base, slotBase: base };
  const { next, leftOut } = await readParts(log.engine, log.partition, place, takes, {
    ...OPTIONS,
    filterNow,
  });
  // THEN
  expect([next.head - base, countOf(leftOut)]).toEqual([2, 1]);
});

it("reads several times what one request asks for, where others are to take the rest", async () => {
  expect(await read([aTake(1)], { times: 3 })).toMatchObject({ bodies: "abc", shares: [1] });
});
