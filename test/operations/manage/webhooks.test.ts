import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { NotWebhook, SubscriptionNotFound, TopicNotFound } from "../../../lib/domain/errors.js";
import { HTTPS_DEFAULTS, type Subscription, type Target } from "../../../lib/domain/subscription.js";
import {
  changeSubscription,
  deleteSubscription,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { rotateSecret, testWebhook } from "../../../lib/operations/manage/webhooks.js";
import { anEngine } from "../../lambdas/an-engine.js";

const TARGET: Target = { type: "https", url: "https://example.com/", ...HTTPS_DEFAULTS };

async function aHook() {
  const deployed = anEngine(() => ({ random: seededRandom(7) }));
  await putTopic(deployed.engine, "orders", {});
  const { secret, value } = await putSubscription(deployed.engine, "orders", "hook", {
    target: TARGET,
    headers: { "x-key": "k1" },
  });
  const secrets = (subscription: Subscription = value) => deployed.engine.subscriptions.secrets(subscription);
  return { ...deployed, secret, value, secrets };
}

it("makes a secret with the subscription, and answers it to the one who made it", async () => {
  const { engine, secret, secrets } = await aHook();
  expect(await secrets()).toEqual({ signing: secret, headers: { "x-key": "k1" } });
  const again = await putSubscription(engine, "orders", "hook", { target: TARGET });
  expect([again.created, again.secret]).toEqual([false, undefined]);
  expect(await secrets()).toEqual({ signing: secret, headers: { "x-key": "k1" } });
  await putSubscription(engine, "orders", "hook", { target: TARGET, headers: {} });
  expect(await secrets()).toEqual({ signing: secret, headers: {} });
});

it("keeps the headers through a rotation, and the secrets through a change of headers", async () => {
  const { engine, secret, secrets } = await aHook();
  const rotated = await rotateSecret(engine, "orders", "hook");
  await changeSubscription(engine, "orders", "hook", { headers: { "x-other": "o" } });
  expect(await secrets()).toEqual({
    signing: rotated.secret,
    previous: { signing: secret, untilMs: rotated.previousUntilMs },
    headers: { "x-other": "o" },
  });
});

it("makes a new version with every change of secrets, so that pumps read them again", async () => {
  const { engine, value } = await aHook();
  const versions = [value.version];
  const version = async (): Promise<number> =>
    (await engine.subscriptions.get(value.topic, "hook"))?.version ?? 0;
  await rotateSecret(engine, "orders", "hook");
  versions.push(await version());
  await changeSubscription(engine, "orders", "hook", { headers: { "x-key": "k2" } });
  versions.push(await version());
  await changeSubscription(engine, "orders", "hook", { headers: { "x-key": "k2" } });
  versions.push(await version());
  expect(versions).toEqual([1, 2, 3, 3]);
});

it("GIVEN a webhook that was deleted WHEN its secret is rotated THEN nothing of it comes back", async () => {
  const { engine, secrets } = await aHook();
  await deleteSubscription(engine, "orders", "hook");
  await expect(rotateSecret(engine, "orders", "hook")).rejects.toBeInstanceOf(SubscriptionNotFound);
  expect(await secrets()).toBeUndefined();
});

it("tests with a sample that no consumer of the topic sees", async () => {
  const { engine, subscriber } = await aHook();
  const bodies: unknown[] = [];
  subscriber.handlers.set("hook", async (messages) => {
    bodies.push(...messages.map(({ body }) => body));
    return { kind: "failed", error: "answered 500" };
  });
  expect((await testWebhook(engine, "orders", "hook")).outcome).toEqual({
    kind: "failed",
    error: "answered 500",
  });
  expect(bodies).toEqual(['{"test":true}']);
});

it.each([rotateSecret, testWebhook])("%p refuses what is not a webhook, or not there", async (operation) => {
  const { engine } = await aHook();
  await putSubscription(engine, "orders", "audit", {});
  await expect(operation(engine, "orders", "audit")).rejects.toBeInstanceOf(NotWebhook);
  await expect(operation(engine, "orders", "none")).rejects.toBeInstanceOf(SubscriptionNotFound);
  await expect(operation(engine, "none", "hook")).rejects.toBeInstanceOf(TopicNotFound);
});
