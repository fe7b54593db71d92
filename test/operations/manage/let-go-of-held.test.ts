import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { lookAfter } from "../../../lib/operations/clock/look-after.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { deleteDeadLetter } from "../../../lib/operations/manage/dead-letters.js";
import { letGoOfHeld } from "../../../lib/operations/manage/let-go-of-held.js";
import { redrive } from "../../../lib/operations/manage/redrive.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { changeSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { theMark } from "../a-push.js";
import { comesNow, holdsIn, publishOf, stateOf, withHeld } from "../with-held.js";

type Held = Awaited<ReturnType<typeof withHeld>>;

const release = { deadLetter: { onDeadLetter: "release" } } as const;
const TWENTY_MINUTES_MS = 20 * 60_000;

/** A process whose store fails when it is to say which records there are. */
const withoutRecords = (held: Held) =>
  held.process(({ progress }) => ({
    progress: { ...progress, records: () => Promise.reject(new StorageUnavailable("reading records")) },
  }));

/** What the sweep does. */
async function swept({ engine, clock }: Held): Promise<void> {
  clock.advance(TWENTY_MINUTES_MS);
  await lookAfter(engine, await theMark({ engine }));
}

describe("GIVEN a held key WHEN its subscription is to hold no more", () => {
  it("THEN what waited comes at once, in order, and the dead letter stays", async () => {
    const held = await withHeld();
    await changeSubscription(held.engine, "orders", "audit", release);
    expect(await holdsIn(held)).toEqual([]);
    expect(await comesNow(held.process())).toEqual(["a2", "a3"]);
    expect(await stateOf(held.engine)).toMatchObject({ heldKeys: 0, busyKeys: 0, deadLetters: 1 });
    await redrive(held.engine, "orders", "audit", { kind: "ids", ids: [held.a1] });
    expect(await comesNow(held.engine)).toEqual(["a1"]);
  });

  it("AND it is made anew without the setting THEN its key goes on too", async () => {
    const held = await withHeld();
    const deadLetter = { retentionSeconds: 3_600 };
    const { value } = await putSubscription(held.engine, "orders", "audit", { deadLetter });
    expect(value.deadLetter).toEqual({ ...deadLetter, onDeadLetter: "release" });
    expect(await comesNow(held.engine)).toEqual(["a2", "a3"]);
  });

  it("AND the process dies behind the change THEN the sweep lets it go", async () => {
    const held = await withHeld();
    await changeSubscription(withoutRecords(held), "orders", "audit", release);
    expect(held.telemetry.events.map(({ name }) => name)).toContain("keys-not-let-go");
    expect(await holdsIn(held)).toHaveLength(1);
    await swept(held);
    expect(await holdsIn(held)).toEqual([]);
    expect(await comesNow(held.engine)).toEqual(["a2", "a3"]);
  });

  it("AND to hold again THEN only what dies from then on holds its key", async () => {
    const held = await withHeld();
    await changeSubscription(held.engine, "orders", "audit", release);
    await changeSubscription(held.engine, "orders", "audit", { deadLetter: { onDeadLetter: "hold" } });
    expect(await comesNow(held.engine)).toEqual(["a2", "a3"]);
    await deleteDeadLetter(held.engine, "orders", "audit", held.a1);
    await publishOf(held.engine, "a4");
    expect(await comesNow(held.engine)).toEqual(["a4"]);
  });
});

describe("GIVEN a held key WHEN its subscription is sought", () => {
  it.each([
    ["earliest", ["a1", "a2", "a3", "b1"]],
    ["latest", []],
  ] as const)("to the %s THEN the key is free, and nothing that held it is left", async (to, coming) => {
    const held = await withHeld();
    await seek(held.engine, "orders", "audit", to);
    expect(await holdsIn(held)).toEqual([]);
    expect((await comesNow(held.process())).sort()).toEqual(coming);
    await publishOf(held.engine, "a9");
    expect(await comesNow(held.engine)).toEqual(["a9"]);
  });

  it("AND the process dies behind the seek THEN the sweep removes what held", async () => {
    const held = await withHeld();
    await seek(withoutRecords(held), "orders", "audit", "latest");
    expect(await holdsIn(held)).toHaveLength(1);
    expect(await stateOf(held.engine)).toMatchObject({ heldKeys: 0, busyKeys: 0 });
    await swept(held);
    expect(await holdsIn(held)).toEqual([]);
  });
});

it("GIVEN a subscription that holds on WHEN it is looked at THEN its keys hold on", async () => {
  const held = await withHeld();
  await letGoOfHeld(held.engine, await findSubscription(held.engine, "orders", "audit"));
  await changeSubscription(held.engine, "orders", "audit", { deadLetter: { retentionSeconds: 7_200 } });
  await swept(held);
  expect(await holdsIn(held)).toHaveLength(1);
  expect(await comesNow(held.engine)).toEqual([]);
});
