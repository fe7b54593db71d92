import type { Roster } from "../../lib/domain/roster.js";
import type { TopicRef } from "../../lib/domain/topic.js";
import { NOW_MS, aTopic } from "./builders.js";
import { type Make, on, withTopic } from "./subscription-stores.js";

const MANY = 1_000;
const ARN = "arn:aws:lambda:eu-west-1:111122223333:function:";

const aRoster = (topic: TopicRef, fields: Partial<Roster> = {}): Roster => ({
  changes: 1,
  keptAtMs: NOW_MS,
  subscriptions: [on(topic)],
  ...fields,
});

/** A copy of a topic's push subscriptions, which says for itself when it is right. */
export function rosterContract(make: Make): void {
  it("is none before one is kept, and none of another topic or another life", async () => {
    const { subscriptions, topic } = await withTopic(make);
    const another = aTopic({ name: topic.name });
    expect(await subscriptions.roster(topic)).toBeUndefined();
    await subscriptions.keepRoster(topic, aRoster(topic));
    expect(await subscriptions.roster(another)).toBeUndefined();
  });

  it("comes back as it was kept, a thousand subscriptions and none", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const all = Array.from({ length: MANY }, (_, index) =>
      on(topic, {
        target: { type: "lambda", functionArn: `${ARN}tenant-${index}` },
        paused: index % 7 === 0,
        ...(index % 5 === 0 ? { filter: `{ "tag": ["tenant-${index}"] }` } : {}),
        startingPlaces: { [index % 256]: { head: 17 + index, slotBase: 10 } },
        epoch: index % 3,
      }),
    );
    // WHEN, THEN
    for (const [changes, some] of [all, []].entries()) {
      const roster = aRoster(topic, { changes, subscriptions: some });
      expect(await subscriptions.keepRoster(topic, roster)).toBe("kept");
      expect(await subscriptions.roster(topic)).toEqual(roster);
    }
  });

  it("replaces one of fewer changes or as many, but none of more", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const kept: string[] = [];
    const rosters = [5, 5, 6, 4].map((changes) => aRoster(topic, { changes }));
    // WHEN
    for (const roster of rosters) kept.push(await subscriptions.keepRoster(topic, roster));
    // THEN
    expect(kept).toEqual(["kept", "kept", "kept", "not-kept"]);
    expect(await subscriptions.roster(topic)).toEqual(rosters[2]);
  });
}
