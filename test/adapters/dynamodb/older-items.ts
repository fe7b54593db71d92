import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { dynamoDbSubscriptionStore } from "../../../lib/adapters/dynamodb/settings/subscription-store.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import { aSubscriptionRef } from "../../contract/builders.js";
import type { TestTables } from "./tables.js";

/** Items as earlier releases wrote them. */
export function olderItems(make: () => Promise<TestTables>): void {
  it("note a deleted subscription without a time: deleted long ago, and it can be forgotten", async () => {
    // GIVEN
    const db = await make();
    const subscriptions = dynamoDbSubscriptionStore(db);
    const subscription = aSubscriptionRef();
    await db.client.send(
      new PutCommand({
        TableName: db.tables.state,
        Item: { pk: "garbage", sk: subscriptionKey(subscription), ref: subscription },
      }),
    );
    const found = async () =>
      (await subscriptions.garbage({ limit: 1_000 })).items.filter(
        (note) => note.subscription.uid === subscription.uid,
      );
    // WHEN
    const before = await found();
    for (const note of before) await subscriptions.forget(note);
    // THEN
    expect(before).toEqual([{ subscription, deletedAtMs: 0 }]);
    expect(await found()).toEqual([]);
  });
}
