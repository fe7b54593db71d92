import { Webhook } from "standardwebhooks";
import { type Got, type Receiver, type Reply, aReceiver, replies } from "../adapters/https/a-receiver.js";
import { unique } from "../contract/builders.js";
import { type DeployedQueue, deployment } from "./a-deployment.js";
import { eventually } from "./eventually.js";
import { ifOnHost } from "./host-processes.js";

jest.setTimeout(240_000);

const PATIENCE_MS = 30_000;
const HOOK = "hook";

let queue: DeployedQueue;
let receiver: Receiver | undefined;
beforeAll(async () => {
  queue = (await deployment()).queue("Main");
});
afterEach(async () => {
  await receiver?.close();
});

/** A webhook that is answered by `reply`, and what it has got so far. */
async function aWebhook(reply: (nth: number) => Reply) {
  let nth = 0;
  receiver = await aReceiver((...request) => reply(nth++)(...request));
  const { got, port } = receiver;
  const topic = unique("hooked");
  await queue.client.putTopic(topic);
  const target = { type: "https", url: `http://127.0.0.1:${port}/hook` } as const;
  const { secret } = await queue.client.putSubscription(topic, HOOK, { target });
  if (secret === undefined) throw new Error("it was made, so it has a secret");
  const until = (count: number) =>
    eventually(
      `${count} deliveries`,
      async () => got,
      ({ length }) => length >= count,
      PATIENCE_MS,
    );
  const publish = (...bodies: readonly unknown[]) =>
    queue.client.publish(
      topic,
      bodies.map((body) => ({ body })),
    );
  return { topic, secret, got, until, publish };
}

/** The message, if the secret is one of those that it was signed with. */
function verified({ body, headers }: Got, secret: string): { body: unknown; attempt: number } | undefined {
  try {
    return new Webhook(secret).verify(body, headers as Record<string, string>) as ReturnType<typeof verified>;
  } catch {
    return undefined;
  }
}

// An emulator whose functions run in containers does not reach this machine's loopback.
ifOnHost("a receiver that is busy gets its message again, signed, and is told of no attempt", async () => {
  // GIVEN
  const { secret, publish, until } = await aWebhook((nth) =>
    nth === 0 ? replies(503, "later", { "retry-after": "1" }) : replies(204),
  );
  // WHEN
  const { messages } = await publish({ orderId: 7 });
  // THEN
  const [first, second] = await until(2);
  for (const got of [first, second]) {
    expect(got?.headers["webhook-id"]).toBe((messages[0] as { id: string }).id);
    expect(got && verified(got, secret)).toMatchObject({ body: { orderId: 7 }, attempt: 1 });
  }
});

ifOnHost(
  "a pump at work signs with a new secret within seconds, the one before too, and no older one",
  async () => {
    // GIVEN
    const { topic, secret: first, got, publish, until } = await aWebhook(() => replies(204));
    await publish(1);
    await until(1);
    const untilSignedWith = async (secret: string): Promise<void> => {
      const look = async (): Promise<Got | undefined> => {
        await publish(1);
        return got.at(-1);
      };
      const isSo = (last: Got | undefined): boolean =>
        last !== undefined && verified(last, secret) !== undefined;
      await eventually("the new secret", look, isSo, PATIENCE_MS);
    };
    // WHEN
    const { secret: second } = await queue.client.rotateSecret(topic, HOOK);
    await untilSignedWith(second);
    // THEN
    expect(got.filter((one) => verified(one, first) === undefined)).toEqual([]);
    // WHEN
    const { secret: third } = await queue.client.rotateSecret(topic, HOOK);
    await untilSignedWith(third);
    const last = got.at(-1) as Got;
    expect([first, second, third].map((secret) => verified(last, secret) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  },
);

ifOnHost(
  "a receiver that is gone puts its subscription to sleep with the first answer, and is woken",
  async () => {
    // GIVEN
    let isGone = true;
    const { topic, got, publish } = await aWebhook(() => replies(isGone ? 410 : 204, isGone ? "moved" : ""));
    // WHEN
    await publish({ n: 1 }, { n: 2 });
    // THEN
    const look = async () => (await queue.client.getSubscription(topic, HOOK)).state;
    const { breaker } = await eventually(
      "sleep",
      look,
      ({ breaker: { state } }) => state === "open",
      PATIENCE_MS,
    );
    expect(breaker).toMatchObject({ reason: "gone", error: "answered 410: moved" });
    // WHEN
    isGone = false;
    const refused = got.length;
    await queue.client.wake(topic, HOOK);
    // THEN
    await eventually(
      "both",
      async () => got.length,
      (count) => count >= refused + 2,
      PATIENCE_MS,
    );
    const awake = await eventually(
      "awake",
      look,
      ({ breaker: { state } }) => state === "closed",
      PATIENCE_MS,
    );
    expect(awake).toMatchObject({ deadLetters: 0 });
  },
);
