import type { DeadLetter } from "../../../lib/domain/dead-letter.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import {
  deleteDeadLetter,
  listDeadLetters,
  purgeDeadLetters,
  readDeadLetter,
} from "../../../lib/operations/manage/dead-letters.js";
import { aDeadLetter } from "../../contract/builders.js";
import { START_MS } from "../a-deployment.js";
import { withAudit } from "../a-consumer.js";

const DAY_MS = 86_400_000;
const PAGE = { limit: 100 };

/** So many dead letters, one a millisecond. */
async function withLetters(count: number, fields: Partial<DeadLetter> = {}) {
  const audit = await withAudit();
  const { subscription } = await findSubscription(audit.engine, "orders", "audit");
  const letters = Array.from({ length: count }, (_, at) =>
    aDeadLetter({ deadLetteredAtMs: START_MS - 1_000 + at, expiresAtMs: START_MS + DAY_MS, ...fields }),
  );
  for (const letter of letters) await audit.engine.progress.move(subscription, { deadLetters: [{ letter }] });
  return { ...audit, subscription, letters };
}

const idsOf = async (engine: Engine) =>
  (await listDeadLetters(engine, "orders", "audit", {}, PAGE)).items.map(({ id }) => id);

describe("one dead letter", () => {
  it("GIVEN it was deleted WHEN it is read or deleted again THEN it is not found", async () => {
    const { engine, letters } = await withLetters(2);
    const [{ id }, other] = letters as [DeadLetter, DeadLetter];
    await deleteDeadLetter(engine, "orders", "audit", id);
    for (const call of [readDeadLetter, deleteDeadLetter])
      await expect(call(engine, "orders", "audit", id)).rejects.toMatchObject({
        code: "dead-letter-not-found",
      });
    expect(await idsOf(engine)).toEqual([other.id]);
  });

  it("GIVEN it has expired WHEN it is read THEN it is not found, though it is still stored", async () => {
    const { engine, clock, letters } = await withLetters(1);
    clock.advance(DAY_MS);
    const read = readDeadLetter(engine, "orders", "audit", letters[0]?.id ?? "");
    await expect(read).rejects.toMatchObject({ code: "dead-letter-not-found" });
  });

  it("GIVEN its bytes are damaged WHEN it is read THEN it tells why, beside what is known", async () => {
    const { engine, letters } = await withLetters(1);
    const { copy: _, ...entry } = letters[0] as DeadLetter;
    expect(await readDeadLetter(engine, "orders", "audit", entry.id)).toEqual({
      ...entry,
      unreadable: "checksum-mismatch",
    });
  });
});

describe("the list", () => {
  it("GIVEN keys and tags WHEN it is asked for one THEN it has those alone", async () => {
    const { engine, subscription } = await withLetters(2, { key: "a" });
    const letter = aDeadLetter({ key: "b", tag: "x", expiresAtMs: START_MS + DAY_MS });
    await engine.progress.move(subscription, { deadLetters: [{ letter }] });
    for (const [filter, count] of [
      [{ key: "a" }, 2],
      [{ tag: "x" }, 1],
      [{ key: "a", tag: "x" }, 0],
      [{}, 3],
    ] as const) {
      const { items } = await listDeadLetters(engine, "orders", "audit", filter, PAGE);
      expect(items).toHaveLength(count);
    }
  });

  it.each([
    ["none", "audit", "topic-not-found"],
    ["orders", "none", "subscription-not-found"],
  ])("GIVEN topic %s and subscription %s WHEN they are listed THEN it says %s", async (topic, name, code) => {
    const { engine } = await withAudit();
    await expect(listDeadLetters(engine, topic, name, {}, PAGE)).rejects.toMatchObject({ code });
    await expect(purgeDeadLetters(engine, topic, name)).rejects.toMatchObject({ code });
  });
});

describe("a purge", () => {
  it("GIVEN more than one move deletes WHEN it is done THEN nothing is left, and another deletes none", async () => {
    const { engine } = await withLetters(45);
    expect(await purgeDeadLetters(engine, "orders", "audit")).toEqual({ deleted: 45, more: false });
    expect(await idsOf(engine)).toEqual([]);
    expect(await purgeDeadLetters(engine, "orders", "audit")).toEqual({ deleted: 0, more: false });
  });

  it("GIVEN a slow store WHEN its time is over THEN it says that there is more", async () => {
    const { clock, process, letters } = await withLetters(45);
    const slow = process(({ progress }) => ({
      progress: {
        ...progress,
        move: async (...args) => {
          clock.advance(6_000);
          return await progress.move(...args);
        },
      },
    }));
    expect(await purgeDeadLetters(slow, "orders", "audit")).toEqual({ deleted: 40, more: true });
    expect(await idsOf(slow)).toEqual(letters.slice(40).map(({ id }) => id));
    expect(await purgeDeadLetters(slow, "orders", "audit")).toEqual({ deleted: 5, more: false });
  });

  it("GIVEN one that dies meanwhile WHEN it is done THEN that one stays", async () => {
    const { engine, subscription } = await withLetters(3);
    const letter = aDeadLetter({ deadLetteredAtMs: START_MS + 5, expiresAtMs: START_MS + DAY_MS });
    await engine.progress.move(subscription, { deadLetters: [{ letter }] });
    expect(await purgeDeadLetters(engine, "orders", "audit")).toEqual({ deleted: 3, more: false });
    expect(await idsOf(engine)).toEqual([letter.id]);
  });
});
