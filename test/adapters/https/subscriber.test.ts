import { Webhook } from "standardwebhooks";
import { HttpsSubscriber } from "../../../lib/adapters/https/subscriber.js";
import { systemClock } from "../../../lib/adapters/system/clock.js";
import { systemRandom } from "../../../lib/adapters/system/random.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { HTTPS_DEFAULTS } from "../../../lib/domain/subscription.js";
import { type WebhookSecrets, newSecrets, rotated } from "../../../lib/domain/webhook/secrets.js";
import { aHanded, aReader } from "../lambda/a-handed.js";
import { type Receiver, aReceiver, replies } from "./a-receiver.js";

let receiver: Receiver;
let secrets: WebhookSecrets | undefined;
let reads = 0;
let subscriber: HttpsSubscriber;

beforeEach(async () => {
  receiver = await aReceiver();
  secrets = newSecrets(systemRandom, { authorization: "Bearer abc123" });
  reads = 0;
  subscriber = new HttpsSubscriber({
    policy: { allowPrivate: true, allowed: [] },
    clock: systemClock,
    subscriptions: {
      secrets: async () => {
        reads++;
        return secrets;
      },
    },
  });
});

afterEach(async () => {
  subscriber.close();
  await receiver.close();
});

const reader = (version = 1, port = receiver.port) =>
  aReader(
    {},
    {
      target: { type: "https", url: `http://127.0.0.1:${port}/hook`, ...HTTPS_DEFAULTS },
      version,
      batch: { maxMessages: 1, maxBytes: 262_144, windowSeconds: 0 },
    },
  );

it("posts a message with everything that its receiver needs to trust it", async () => {
  const outcome = await subscriber.deliver(reader(), [aHanded({ attempt: 3 })]);
  expect(outcome).toEqual({ kind: "answered", failedIds: new Set(), status: 204 });
  const [got] = receiver.got;
  expect(got?.headers).toMatchObject({
    "content-type": "application/json",
    "user-agent": "Sluice-Webhooks/1.0",
    authorization: "Bearer abc123",
    "webhook-id": "orders.t1.0.7",
    "sluice-topic": "orders",
    "sluice-subscription": "logistics",
    "sluice-attempt": "3",
  });
  const headers = got?.headers as Record<string, string>;
  expect(new Webhook(secrets?.signing ?? "").verify(got?.body ?? "", headers)).toMatchObject({
    id: "orders.t1.0.7",
    body: { orderId: 7 },
    attempt: 3,
  });
});

it("posts the trace that its messages have in common as headers, as any request has it", async () => {
  const trace = {
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    tracestate: "vendor=1",
  };
  await subscriber.deliver(reader(), [aHanded(trace)]);
  await subscriber.deliver(reader(), [aHanded(trace), aHanded({ id: "another" })]);
  const [one, mixed] = receiver.got;
  expect(one?.headers).toMatchObject(trace);
  expect(mixed?.headers).not.toHaveProperty("traceparent");
});

it("reads its secrets once for each version of the subscription", async () => {
  for (const version of [1, 1, 1]) await subscriber.deliver(reader(version), [aHanded()]);
  expect(reads).toBe(1);
  const before = secrets as WebhookSecrets;
  secrets = rotated(before, systemRandom, systemClock.nowMs());
  await subscriber.deliver(reader(2), [aHanded()]);
  expect(reads).toBe(2);
  const { headers, body } = receiver.got.at(-1) as { headers: Record<string, string>; body: string };
  for (const { signing } of [before, secrets])
    expect(new Webhook(signing).verify(body, headers)).toBeDefined();
});

it.each([
  ["its secrets are gone", async () => undefined, "missing"],
  ["the store does not answer", () => Promise.reject(new StorageUnavailable("reading")), "unreachable"],
])("GIVEN that %s WHEN it delivers THEN no message is to blame", async (_, found, reason) => {
  const other = new HttpsSubscriber({
    policy: { allowPrivate: true, allowed: [] },
    clock: systemClock,
    subscriptions: { secrets: found },
  });
  expect(await other.deliver(reader(), [aHanded()])).toMatchObject({ kind: "unavailable", reason });
  expect(receiver.got).toEqual([]);
});

it("GIVEN a pull subscription WHEN it is delivered to THEN it is unavailable", async () => {
  const pull = aReader({}, { target: { type: "pull" } });
  expect(await subscriber.deliver(pull, [aHanded()])).toMatchObject({ kind: "unavailable" });
});

it("GIVEN an answer with the secrets in it WHEN it failed THEN its error has none of them", async () => {
  const echo = await aReceiver((got, ...rest) => replies(500, JSON.stringify(got.headers))(got, ...rest));
  const outcome = await subscriber.deliver(reader(1, echo.port), [aHanded()]);
  expect(outcome).toMatchObject({
    kind: "failed",
    status: 500,
    error: expect.stringContaining("webhook-id"),
  });
  expect(JSON.stringify(outcome)).not.toContain("abc123");
  await echo.close();
});
