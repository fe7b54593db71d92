import { randomBytes } from "node:crypto";
import { rosterItem, rosterOf } from "../../../../lib/adapters/dynamodb/items/roster-item.js";
import { itemBytes } from "../../../../lib/adapters/dynamodb/items/item-size.js";
import type { Roster } from "../../../../lib/domain/roster.js";
import type { Subscription } from "../../../../lib/domain/subscription.js";
import { NOW_MS, aSubscription, aTopic } from "../../../contract/builders.js";

const READ_UNIT_BYTES = 4_096;
const topic = aTopic();

const random = (): string => randomBytes(6).toString("base64url");

/** A thousand subscriptions whose functions, places and times all differ. */
const many = (): Roster => ({
  changes: 1_000,
  keptAtMs: NOW_MS,
  subscriptions: Array.from({ length: 1_000 }, (_, index) =>
    aSubscription({
      topic: { name: topic.name, uid: topic.uid },
      name: `tenant-${random()}`,
      uid: random(),
      target: {
        type: "lambda",
        functionArn: `arn:aws:lambda:eu-west-1:111122223333:function:${random()}-handler`,
      },
      startingPlaces: { 0: { head: 100 * index, slotBase: 100 * index - (index % 97) } },
      createdAtMs: NOW_MS + 977 * index,
      updatedAtMs: NOW_MS + 977 * index,
    }),
  ),
});

describe("a roster as an item", () => {
  it("of a thousand subscriptions takes fewer than 10 read units", async () => {
    const item = await rosterItem(topic, many());
    expect(Math.ceil(itemBytes(item) / READ_UNIT_BYTES) / 2).toBeLessThan(10);
  });

  it("that an earlier release kept has defaults for what that did not know", async () => {
    const { retry, ...earlier } = aSubscription();
    const item = await rosterItem(topic, { ...many(), subscriptions: [earlier as Subscription] });
    expect(rosterOf(item)?.subscriptions).toEqual([{ ...earlier, retry }]);
  });

  it("goes away by itself a month after it was kept", async () => {
    const { expiresAt } = await rosterItem(topic, { ...many(), subscriptions: [] });
    expect(expiresAt * 1_000 - NOW_MS).toBe(30 * 86_400_000);
  });

  it("keeps what only a newer release knows of a subscription", async () => {
    const newer = { ...aSubscription(), colour: "red" };
    const roster = { changes: 1, keptAtMs: NOW_MS, subscriptions: [newer] };
    expect(rosterOf(await rosterItem(topic, roster))).toEqual(roster);
  });

  it.each([
    ["there is none", () => undefined],
    ["a newer major format has it", (item: object) => ({ ...item, f: 500 })],
    ["its bytes are lost", (item: object) => ({ ...item, bytes: undefined })],
    ["its bytes are damaged", (item: object) => ({ ...item, bytes: new Uint8Array([1, 2, 3]) })],
    ["its size is wrong", (item: object) => ({ ...item, u: 3 })],
    ["its count is lost", (item: object) => ({ ...item, n: undefined })],
  ])("is not read where %s", async (_, change) => {
    const item = await rosterItem(topic, { ...many(), subscriptions: [aSubscription()] });
    expect(rosterOf(item)).toBeDefined();
    expect(rosterOf(change(item) as Record<string, unknown> | undefined)).toBeUndefined();
  });
});
