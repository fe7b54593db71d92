import { compileFilter } from "../../lib/domain/filter/filter.js";
import { StorageUnavailable } from "../../lib/domain/errors.js";
import {
  FilterForRead,
  filterInForce,
  filterText,
  isWanted,
  noteFilter,
} from "../../lib/operations/filter-in-force.js";
import { findSubscription } from "../../lib/operations/lookup.js";
import { changeSubscription } from "../../lib/operations/manage/subscriptions.js";
import { withAudit } from "./a-consumer.js";
import { WANTED } from "./a-filter.js";
import { aText } from "./a-deployment.js";
import { recording } from "./ports-around.js";

const SECOND_MS = 1_000;
const OTHER = '{"tag":["b"]}';

async function withFilter() {
  const audit = await withAudit({ subscription: { filter: WANTED } });
  const { subscription } = await findSubscription(audit.engine, "orders", "audit");
  return { ...audit, subscription };
}

it("GIVEN no filter WHEN one is asked for THEN nothing is read", async () => {
  const { process, engine } = await withAudit();
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const calls: string[] = [];
  const replace = recording(calls);
  expect(await filterInForce(process(replace), subscription)).toBeUndefined();
  expect(calls).toEqual([]);
});

it("GIVEN a filter that was just read WHEN it is asked for THEN it is not read again", async () => {
  const { process, clock, subscription } = await withFilter();
  const calls: string[] = [];
  const replace = recording(calls);
  const engine = process(replace);
  noteFilter(engine, subscription, clock.nowMs());
  clock.advance(7 * SECOND_MS);
  expect((await filterInForce(engine, subscription))?.text).toBe(WANTED);
  expect(calls).toEqual([]);
});

it("GIVEN a process that stood still WHEN it judges by a filter THEN it reads that again first", async () => {
  const { process, engine, clock, subscription } = await withFilter();
  const frozen = process();
  noteFilter(frozen, subscription, clock.nowMs());
  await changeSubscription(engine, "orders", "audit", { filter: OTHER });
  clock.advance(9 * SECOND_MS);
  expect((await filterInForce(frozen, subscription))?.text).toBe(OTHER);
  await changeSubscription(engine, "orders", "audit", { filter: null });
  clock.advance(9 * SECOND_MS);
  expect(await filterInForce(frozen, subscription)).toBeUndefined();
  expect(filterText(frozen, subscription)).toBeUndefined();
});

it("GIVEN a filter that cannot be read now WHEN it is asked for THEN nothing is judged by an old one", async () => {
  const { process, subscription } = await withFilter();
  const engine = process(({ subscriptions }) => ({
    subscriptions: { ...subscriptions, get: () => Promise.reject(new StorageUnavailable("reading")) },
  }));
  await expect(filterInForce(engine, subscription)).rejects.toThrow(StorageUnavailable);
});

it("GIVEN a later look WHEN an earlier one answers after it THEN the later one counts", async () => {
  const { engine, clock, subscription } = await withFilter();
  noteFilter(engine, { ...subscription, filter: OTHER }, clock.nowMs() + 1);
  noteFilter(engine, subscription, clock.nowMs());
  expect(filterText(engine, subscription)).toBe(OTHER);
});

it("GIVEN a filter that only a newer release knows WHEN it is asked for THEN everything matches", async () => {
  const { engine, clock, telemetry, subscription } = await withFilter();
  const newer = { ...subscription, filter: '{"tag":[{"sounds-like":"a"}]}' };
  noteFilter(engine, newer, clock.nowMs());
  expect(await filterInForce(engine, newer)).toEqual({ text: newer.filter, filter: undefined });
  expect(telemetry.events.map(({ name }) => name)).toContain("filter-failed");
});

it("GIVEN an evaluation that fails WHEN a message is judged THEN it is wanted rather than lost", async () => {
  const { engine, telemetry } = await withFilter();
  const filter = compileFilter(WANTED);
  expect([isWanted(engine, filter, aText("", { tag: "a" })), isWanted(engine, filter, aText(""))]).toEqual([
    true,
    false,
  ]);
  const broken = {
    ...filter,
    get pattern(): never {
      throw new Error("a bug");
    },
  };
  expect(isWanted(engine, broken, aText(""))).toBe(true);
  expect(telemetry.events.map(({ name }) => name)).toContain("filter-failed");
});

it("GIVEN a filter that changes during a read WHEN the read ends THEN no single filter judged it", async () => {
  const { engine, clock, subscription } = await withFilter();
  const used = new FilterForRead(engine, subscription);
  await used.now();
  expect([used.isOnly(WANTED), used.isOnly(OTHER)]).toEqual([true, false]);
  noteFilter(engine, { ...subscription, filter: OTHER }, clock.nowMs());
  await used.now();
  expect([used.isOnly(WANTED), used.isOnly(OTHER)]).toEqual([false, false]);
});
