import { StorageUnavailable } from "../../lib/domain/errors.js";
import { JOURNAL_SHARDS, type MessageAttempt, RUNS_AT_MOST } from "../../lib/domain/journal.js";
import type { Reader } from "../../lib/domain/reader.js";
import type { Engine, Ports } from "../../lib/operations/engine.js";
import { Journal, writeJournal } from "../../lib/operations/journal.js";
import { aSubscription, aTopic } from "../contract/builders.js";
import { aTimedDeployment } from "./a-deployment.js";

const DAY_MS = 86_400_000;

function aJournal(
  replace: (ports: Ports) => Partial<Ports> = () => ({}),
  trace: "attempts" | "off" = "attempts",
) {
  const { process, clock, telemetry } = aTimedDeployment();
  const topic = aTopic({ trace, retentionSeconds: 86_400 });
  const reader: Reader = { topic, subscription: aSubscription({ topic }) };
  const engine = process(replace);
  return { engine, clock, telemetry, reader, entries: () => entriesOf(engine, reader) };
}

async function entriesOf({ journal }: Engine, { subscription }: Reader) {
  const shards = Array.from({ length: JOURNAL_SHARDS }, (_, shard) => shard);
  const pages = await Promise.all(
    shards.map((shard) => journal.read({ subscription, shard }, 0, { limit: 1_000 })),
  );
  return pages.flatMap(({ items }) => items);
}

const anAttempt = (fields: Partial<MessageAttempt> = {}): MessageAttempt => ({
  ...{ partition: 0, offset: 1, attempt: 1, startedAtMs: 100, endedAtMs: 150, outcome: "done" },
  ...fields,
});
/** No two of them are neighbours. */
const apart = (count: number): MessageAttempt[] =>
  Array.from({ length: count }, (_, at) => anAttempt({ offset: 2 * at }));

it("GIVEN a topic that is not traced WHEN attempts end THEN nothing is written", async () => {
  const { engine, reader, entries } = aJournal(() => ({}), "off");
  await writeJournal(engine, reader, [anAttempt()]);
  const journal = new Journal(engine);
  expect(journal.note(reader, apart(RUNS_AT_MOST))).toBeUndefined();
  await journal.flush();
  expect(await entries()).toEqual([]);
});

it("GIVEN attempts WHEN they are written THEN in entries that fit, kept a day longer than messages", async () => {
  const { engine, reader, clock, entries } = aJournal();
  await writeJournal(engine, reader, apart(RUNS_AT_MOST + 1));
  const written = await entries();
  expect(written.map(({ runs }) => runs.length).sort()).toEqual([1, RUNS_AT_MOST]);
  expect(written.map(({ expiresAtMs }) => expiresAtMs)).toEqual(Array(2).fill(clock.nowMs() + 2 * DAY_MS));
});

it("GIVEN a long error WHEN it is written THEN it is cut short", async () => {
  const { engine, reader, entries } = aJournal();
  await writeJournal(engine, reader, [anAttempt({ outcome: "failed", error: "é".repeat(1_000) })]);
  expect((await entries())[0]?.runs[0]?.error).toBe("é".repeat(128));
});

it("GIVEN a store that fails WHEN attempts end THEN that is told, and nothing else fails", async () => {
  const failing = ({ journal }: Ports): Partial<Ports> => ({
    journal: { ...journal, write: () => Promise.reject(new StorageUnavailable("writing a journal")) },
  });
  const { engine, reader, telemetry } = aJournal(failing);
  await writeJournal(engine, reader, [anAttempt(), anAttempt({ offset: 9 })]);
  const { topic, subscription } = reader;
  const about = { topic: topic.name, subscription: subscription.name, messages: 2 };
  expect(telemetry.events).toMatchObject([{ name: "journal-failed", level: "warn", fields: about }]);
});

it("GIVEN a store that does not answer WHEN attempts end THEN nobody waits longer than two seconds", async () => {
  const silent = ({ journal }: Ports): Partial<Ports> => ({
    journal: { ...journal, write: () => new Promise(() => undefined) },
  });
  const { engine, reader, clock, telemetry } = aJournal(silent);
  const writing = writeJournal(engine, reader, [anAttempt()]);
  await clock.advance(2_000);
  await writing;
  expect(telemetry.events).toMatchObject([{ name: "journal-failed", level: "warn" }]);
});

it("GIVEN attempts that end within a second WHEN more come THEN they are written together", async () => {
  const { engine, reader, clock, entries } = aJournal();
  const journal = new Journal(engine);
  expect(journal.note(reader, [anAttempt()])).toBeUndefined();
  await clock.advance(999);
  expect(journal.note(reader, [anAttempt({ offset: 2 })])).toBeUndefined();
  expect(await entries()).toEqual([]);
  await clock.advance(1);
  await journal.note(reader, [anAttempt({ offset: 3 })]);
  expect(await entries()).toMatchObject([{ runs: [{ from: 1, to: 4 }] }]);
  await journal.flush();
  expect(await entries()).toHaveLength(1);
});

it("GIVEN many attempts at once WHEN they are noted THEN they wait for no others", async () => {
  const { engine, reader, entries } = aJournal();
  await new Journal(engine).note(reader, apart(RUNS_AT_MOST));
  expect(await entries()).toHaveLength(1);
});

it("GIVEN attempts that wait WHEN the process ends THEN they are written", async () => {
  const { engine, reader, entries } = aJournal();
  const journal = new Journal(engine);
  void journal.note(reader, [anAttempt()]);
  await journal.flush();
  expect(await entries()).toMatchObject([{ runs: [{ from: 1, to: 2 }] }]);
});
