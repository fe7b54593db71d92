import type { Subscription } from "../../lib/domain/subscription.js";
import type { WebhookSecrets } from "../../lib/domain/webhook/secrets.js";
import { NOW_MS } from "./builders.js";
import { ALL, type Make, listed, on, withTopic } from "./subscription-stores.js";

const HOOK: Partial<Subscription> = {
  target: {
    type: "https",
    url: "https://example.com/hook",
    format: "message",
    headerNames: ["x-key"],
    connectTimeoutSeconds: 5,
    timeoutSeconds: 15,
  },
};
const SECRETS: WebhookSecrets = { signing: "whsec_one", headers: { "x-key": "k1" } };
const ROTATED: WebhookSecrets = {
  signing: "whsec_two",
  previous: { signing: "whsec_one", untilMs: NOW_MS },
  headers: {},
};

/** Secrets live and change with their subscription, and only one method returns them. */
export function webhookSecretsContract(make: Make): void {
  async function withHook() {
    const stores = await withTopic(make);
    const hook = on(stores.topic, HOOK);
    await stores.subscriptions.create(hook, SECRETS);
    return { ...stores, hook };
  }

  it("are kept as they were given, and in no answer but their own", async () => {
    const { subscriptions, topic, hook } = await withHook();
    expect(await subscriptions.secrets(hook)).toEqual(SECRETS);
    expect(await subscriptions.get(topic, hook.name)).toEqual(hook);
    const items = await listed(subscriptions, topic, ALL);
    expect(items).toEqual([hook]);
    expect(JSON.stringify(items)).not.toContain("whsec");
  });

  it("are not there for a subscription without any", async () => {
    const { subscriptions, topic } = await withHook();
    const pull = on(topic);
    await subscriptions.create(pull);
    expect(await subscriptions.secrets(pull)).toBeUndefined();
    expect(await subscriptions.secrets(on(topic))).toBeUndefined();
  });

  it("stay through a change without secrets, and are replaced by one with them", async () => {
    const { subscriptions, hook } = await withHook();
    await subscriptions.update({ ...hook, paused: true, version: 2 });
    expect(await subscriptions.secrets(hook)).toEqual(SECRETS);
    await subscriptions.update({ ...hook, version: 3 }, ROTATED);
    expect(await subscriptions.secrets(hook)).toEqual(ROTATED);
  });

  it("stay as they are where the change is refused", async () => {
    const { subscriptions, topic, hook } = await withHook();
    expect(await subscriptions.update({ ...hook, version: 5 }, ROTATED)).toBe("conflict");
    const other = on(topic, { ...HOOK, name: hook.name });
    expect(await subscriptions.create(other, ROTATED)).toMatchObject({ kind: "exists" });
    expect(await subscriptions.update({ ...other, version: 2 }, ROTATED)).toBe("conflict");
    expect(await subscriptions.secrets(hook)).toEqual(SECRETS);
    expect(await subscriptions.secrets(other)).toBeUndefined();
  });

  it("of one of two changes at once are kept: those of the one that was made", async () => {
    const { subscriptions, hook } = await withHook();
    const rivals = ["a", "b", "c"].map((signing) => ({ ...ROTATED, signing }));
    const outcomes = await Promise.all(
      rivals.map((secrets) => subscriptions.update({ ...hook, version: 2 }, secrets)),
    );
    expect(outcomes.filter((outcome) => outcome === "updated")).toHaveLength(1);
    expect(await subscriptions.secrets(hook)).toEqual(rivals[outcomes.indexOf("updated")]);
  });

  it("are gone with their subscription, and do not come back with another of its name", async () => {
    const { subscriptions, topic, hook } = await withHook();
    await subscriptions.delete(hook, NOW_MS);
    expect(await subscriptions.secrets(hook)).toBeUndefined();
    expect(await subscriptions.update({ ...hook, version: 2 }, ROTATED)).toBe("conflict");
    expect(await subscriptions.secrets(hook)).toBeUndefined();
    const again = on(topic, { ...HOOK, name: hook.name });
    await subscriptions.create(again, ROTATED);
    expect([await subscriptions.secrets(hook), await subscriptions.secrets(again)]).toEqual([
      undefined,
      ROTATED,
    ]);
  });

  it("outlive a delete that comes for another life of the name", async () => {
    const { subscriptions, topic, hook } = await withHook();
    const stranger = on(topic, { ...HOOK, name: hook.name });
    expect(await subscriptions.delete(stranger, NOW_MS)).toBe("gone");
    expect(await subscriptions.secrets(hook)).toEqual(SECRETS);
  });
}
