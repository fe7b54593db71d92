import { Webhook } from "standardwebhooks";
import { KnownSecrets } from "../../../lib/adapters/https/known-secrets.js";
import { signatureHeaders } from "../../../lib/adapters/https/signature.js";
import { HTTPS_DEFAULTS } from "../../../lib/domain/subscription.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { rotateSecret } from "../../../lib/operations/manage/webhooks.js";
import { allDone, aPush, publishMany, retryAfter, running } from "../../operations/a-push.js";

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const target = { type: "https", url: "https://example.com/hook", ...HTTPS_DEFAULTS } as const;
const content = { id: "id", type: "application/json", text: "{}" };

/** A webhook that gets a message ten times a second, so that its pump stays at work. */
async function aBusyWebhook() {
  const push = await aPush({
    target,
    batch: { maxMessages: 1, maxBytes: 65_536, windowSeconds: 0 },
    ...retryAfter(1),
  });
  const { engine, clock } = push;
  const known = new KnownSecrets(engine.subscriptions);
  const signed: { readonly atMs: number; readonly by: (secret: string) => boolean }[] = [];
  // As a pump does: by the settings that its session goes by.
  const deliver = push.subscriber.deliver.bind(push.subscriber);
  push.subscriber.deliver = async (reader, messages) => {
    const nowMs = clock.nowMs();
    const secrets = await known.of(reader.subscription);
    const headers = secrets && signatureHeaders(content, secrets, nowMs)["webhook-signature"].split(" ");
    signed.push({
      atMs: nowMs,
      by: (secret) =>
        headers?.includes(new Webhook(secret).sign(content.id, new Date(nowMs), content.text)) ?? false,
    });
    return await deliver(reader, messages);
  };
  push.answerWith(async () => {
    await clock.sleep(150);
    return allDone;
  });
  const { stop } = running(push);
  const { subscription } = await findSubscription(engine, "orders", "ship");
  const first = (await engine.subscriptions.secrets(subscription))?.signing ?? "";
  /** Goes on for so long. Tells whether each of the secrets is in all signatures of that time, in some, or in none. */
  const during = async (ms: number, ...secrets: readonly string[]): Promise<readonly string[]> => {
    const from = signed.length;
    for (const untilMs = clock.nowMs() + ms; clock.nowMs() < untilMs; await clock.advance(100))
      await publishMany(engine, 1);
    const since = signed.slice(from);
    expect(since.length).toBeGreaterThan(ms / 1_000);
    return secrets.map((secret) => {
      const count = since.filter(({ by }) => by(secret)).length;
      return count === since.length ? "all" : count === 0 ? "none" : "some";
    });
  };
  const rotate = async (): Promise<string> => (await rotateSecret(engine, "orders", "ship")).secret;
  return { push, first, during, rotate, stop };
}

describe("GIVEN a pump at work that knows a webhook's secret", () => {
  it("WHEN it is rotated THEN deliveries have both signatures within five seconds, and one after a day", async () => {
    const { push, first, during, rotate, stop } = await aBusyWebhook();
    expect(await during(5 * SECOND_MS, first)).toEqual(["all"]);
    const second = await rotate();
    // THEN whoever still has the old secret misses nothing.
    expect(await during(5 * SECOND_MS, first, second)).toEqual(["all", "some"]);
    expect(await during(5 * SECOND_MS, first, second)).toEqual(["all", "all"]);
    await push.clock.advance(DAY_MS - 30 * SECOND_MS);
    expect(await during(10 * SECOND_MS, first, second)).toEqual(["all", "all"]);
    await push.clock.advance(10 * SECOND_MS);
    expect(await during(10 * SECOND_MS, first, second)).toEqual(["none", "all"]);
    stop();
  });

  it("WHEN it is rotated twice in a day THEN the oldest is over, and the one before signs for a day", async () => {
    const { push, first, during, rotate, stop } = await aBusyWebhook();
    await during(2 * SECOND_MS);
    const second = await rotate();
    await push.clock.advance(DAY_MS / 2);
    const third = await rotate();
    await during(5 * SECOND_MS);
    expect(await during(5 * SECOND_MS, first, second, third)).toEqual(["none", "all", "all"]);
    await push.clock.advance(DAY_MS - 30 * SECOND_MS);
    expect(await during(5 * SECOND_MS, second, third)).toEqual(["all", "all"]);
    await push.clock.advance(30 * SECOND_MS);
    expect(await during(5 * SECOND_MS, second, third)).toEqual(["none", "all"]);
    stop();
  });
});
