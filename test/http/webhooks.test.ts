import type { DeliveryOutcome } from "../../lib/domain/delivery-outcome.js";
import type { Handed } from "../../lib/domain/handed.js";
import { MemorySubscriber } from "../../lib/adapters/memory/subscriber.js";
import { ALLOWED_URLS, FORBIDDEN_URLS } from "../domain/webhook/forbidden-urls.js";
import { type Api, AUDIT, ORDERS, START_MS, anApiWithTopic } from "./an-api.js";

const HOOK = `${ORDERS}/subscriptions/hook`;
const URL = "https://example.com/hook";
const DAY_MS = 86_400_000;

const target = (more: object = {}) => ({ type: "https", url: URL, ...more });
const put = async (api: Api, more: object = {}, settings: object = {}) =>
  await api.send("PUT", HOOK, { target: target(more), ...settings });
const secretIn = ({ body }: { body: unknown }): string => (body as { secret: string }).secret;

describe("a webhook", () => {
  it("is made with a secret that is answered once, and with defaults", async () => {
    const api = await anApiWithTopic();
    const made = await put(api);
    expect([made.status, secretIn(made)]).toEqual([201, expect.stringMatching(/^whsec_[\w+/=]{44}$/)]);
    expect(made.body).toMatchObject({
      target: {
        type: "https",
        url: URL,
        format: "message",
        connectTimeoutSeconds: 5,
        timeoutSeconds: 15,
        headerNames: [],
      },
      batch: { maxMessages: 1, maxBytes: 262_144 },
    });
    const again = await put(api);
    const [one, list] = [await api.send("GET", HOOK), await api.send("GET", `${ORDERS}/subscriptions`)];
    const patched = await api.send("PATCH", HOOK, { paused: true });
    expect([again.status, one.status, list.status, patched.status]).toEqual([200, 200, 200, 200]);
    for (const { text } of [again, one, list, patched]) expect(text).not.toContain("whsec_");
  });

  it("is the same once more, and no new version of it", async () => {
    const api = await anApiWithTopic();
    await put(api, { headers: { "X-Key": "k1" } });
    await api.clock.advance(1_000);
    expect((await put(api, { headers: { "x-key": "k1" } })).body).toMatchObject({
      updatedAt: "2026-08-01T00:00:00.000Z",
    });
    expect((await put(api, { headers: { "x-key": "k2" } })).body).toMatchObject({
      updatedAt: "2026-08-01T00:00:01.000Z",
    });
  });

  it("shows the names of its headers, and never their values", async () => {
    const api = await anApiWithTopic();
    const texts: string[] = [];
    const shown = async (answer: Promise<{ body: unknown; text: string }>): Promise<unknown> => {
      const { body, text } = await answer;
      texts.push(
        text,
        (await api.send("GET", HOOK)).text,
        (await api.send("GET", `${ORDERS}/subscriptions`)).text,
      );
      return (body as { target: { headerNames: unknown } }).target.headerNames;
    };
    const headers = { "X-B": "hidden-b", Authorization: "hidden-a" };
    expect(await shown(put(api, { headers }))).toEqual(["authorization", "x-b"]);
    // Whatever says nothing about headers keeps them.
    expect(await shown(api.send("PATCH", HOOK, { maxConcurrency: 3 }))).toEqual(["authorization", "x-b"]);
    expect(await shown(api.send("PATCH", HOOK, { target: target({ timeoutSeconds: 9 }) }))).toEqual([
      "authorization",
      "x-b",
    ]);
    expect(
      await shown(api.send("PATCH", HOOK, { target: target({ headers: { "x-c": "hidden-c" } }) })),
    ).toEqual(["x-c"]);
    expect(await shown(put(api))).toEqual(["x-c"]);
    expect(await shown(put(api, { headers: {} }))).toEqual([]);
    for (const text of texts) expect(text).not.toContain("hidden");
  });

  it.each([
    ["a header of the connection", { headers: { Host: "x" } }, "target.headers.Host"],
    ["a header of ours", { headers: { "webhook-id": "x" } }, "target.headers.webhook-id"],
    ["two lines in a header", { headers: { "x-a": "1\r\nx-b: 2" } }, "target.headers.x-a"],
    ["a header twice", { headers: { "x-a": "1", "X-A": "2" } }, "target.headers"],
    [
      "too many headers",
      { headers: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`x-${at}`, "1"])) },
      "target.headers",
    ],
    ["no URL", { url: undefined }, "target.url"],
    ["a URL that is not text", { url: 7 }, "target.url"],
    ["an unknown format", { format: "xml" }, "target.format"],
    ["a time-out of nothing", { timeoutSeconds: 0 }, "target.timeoutSeconds"],
    ["a time-out of more than five minutes", { timeoutSeconds: 301 }, "target.timeoutSeconds"],
    ["a time-out beyond its deadline", { timeoutSeconds: 31 }, "target.timeoutSeconds"],
    ["a connect beyond its time-out", { connectTimeoutSeconds: 16 }, "target.connectTimeoutSeconds"],
    ["a secret of one's own", { secret: "whsec_AAAA" }, "target.secret"],
    ["names instead of headers", { headerNames: ["x"] }, "target.headerNames"],
  ])("is refused with %s, and nothing is made", async (_, more, path) => {
    const api = await anApiWithTopic();
    const { code, errors } = await api.problem("PUT", HOOK, { target: target(more) });
    expect([code, errors?.map((error) => error.path)]).toEqual(["invalid-request", [path]]);
    expect((await api.send("GET", HOOK)).status).toBe(404);
  });

  it("GIVEN a deadline below its time-out WHEN it is asked for THEN it is refused", async () => {
    const api = await anApiWithTopic();
    await put(api);
    const { errors } = await api.problem("PATCH", HOOK, { ackDeadlineSeconds: 10 });
    expect(errors).toEqual([
      { path: "target.timeoutSeconds", detail: "must not be more than ackDeadlineSeconds, which is 10" },
    ]);
  });

  it("cannot be made of a pull subscription", async () => {
    const api = await anApiWithTopic();
    expect(await api.problem("PATCH", AUDIT, { target: target() })).toMatchObject({ code: "setting-fixed" });
  });
});

describe("a webhook whose secret is in Secrets Manager", () => {
  const secretArn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf";
  const managing = { app: { managedSecrets: true } };

  it("has no secret of ours answered, and none that is rotated here", async () => {
    const api = await anApiWithTopic(managing);
    const made = await put(api, { secretArn });
    expect([made.status, made.text]).toEqual([201, expect.not.stringContaining("whsec_")]);
    expect(made.body).toMatchObject({ target: { secretArn } });
    expect(await api.problem("POST", `${HOOK}/rotate-secret`)).toMatchObject({
      code: "invalid-request",
      errors: [{ path: "subscription", detail: expect.stringContaining("Secrets Manager") }],
    });
    // Whoever says nothing of it keeps it, and null takes it away.
    expect((await put(api)).body).toMatchObject({ target: { secretArn } });
    expect((await put(api, { secretArn: null })).text).not.toContain("secretArn");
    expect((await api.send("POST", `${HOOK}/rotate-secret`)).status).toBe(200);
    expect((await put(api, { secretArn })).body).toMatchObject({ target: { secretArn } });
  });

  it.each([
    ["over the API, whose callers need not be allowed to use it", {}, secretArn],
    ["over the API, to take it away", {}, null],
    ["that is not one", managing, "arn:aws:s3:::secrets"],
  ])("is refused %s", async (_, options, wrong) => {
    const api = await anApiWithTopic(options);
    const { errors } = await api.problem("PUT", HOOK, { target: target({ secretArn: wrong }) });
    expect(errors?.map(({ path }) => path)).toEqual(["target.secretArn"]);
  });
});

it("GIVEN a webhook that was disabled WHEN it is looked at THEN it says so, until it is woken", async () => {
  const api = await anApiWithTopic();
  await put(api);
  const topic = await api.engine.topics.get("orders");
  const made = topic && (await api.engine.subscriptions.get(topic, "hook"));
  if (!made) throw new Error("it is not there");
  const error = "answered 410: moved";
  const disabled = { reason: "gone", error, sinceMs: START_MS } as const;
  await api.engine.subscriptions.update({ ...made, disabled, version: made.version + 1 });
  const shown = { reason: "gone", error, since: "2026-08-01T00:00:00.000Z" };
  const { body } = await api.send("GET", HOOK);
  expect(body).toMatchObject({ disabled: shown, state: { breaker: { state: "disabled" } } });
  const { body: list } = await api.send("GET", `${ORDERS}/subscriptions`);
  expect((list as { items: object[] }).items).toContainEqual(expect.objectContaining({ disabled: shown }));
  const woken = await api.send("POST", `${HOOK}/wake`);
  expect([woken.status, woken.text]).toEqual([200, expect.not.stringContaining("disabled")]);
});

describe("the URLs that must not be reached", () => {
  it.each(FORBIDDEN_URLS.filter(({ resolves }) => !resolves).map(({ why, url }) => [why, url]))(
    "are refused: %s, %j",
    async (_why, url) => {
      const api = await anApiWithTopic();
      const { code, errors } = await api.problem("PUT", HOOK, { target: target({ url }) });
      expect([code, errors?.map(({ path }) => path)]).toEqual(["invalid-request", ["target.url"]]);
    },
  );

  it("are refused by a change as well", async () => {
    const api = await anApiWithTopic();
    await put(api);
    for (const url of ["https://127.0.0.1/", "http://example.com/", "https://user@example.com/"])
      expect(await api.problem("PATCH", HOOK, { target: target({ url }) })).toMatchObject({
        code: "invalid-request",
      });
    expect((await api.send("GET", HOOK)).body).toMatchObject({ target: { url: URL } });
  });

  it.each(ALLOWED_URLS)("are not %s", async (url) => {
    const api = await anApiWithTopic();
    expect((await put(api, { url })).status).toBe(201);
  });

  it("may be allowed, for development", async () => {
    const api = await anApiWithTopic({ app: { targetPolicy: { allowPrivate: true, allowed: [] } } });
    expect((await put(api, { url: "http://localhost:3000/" })).status).toBe(201);
  });
});

describe("rotating a secret", () => {
  it("answers the new one, and until when the one before signs as well", async () => {
    const api = await anApiWithTopic();
    const before = secretIn(await put(api, { headers: { "x-key": "k1" } }));
    const { status, body } = await api.send("POST", `${HOOK}/rotate-secret`);
    expect(status).toBe(200);
    const previousUntil = new Date(START_MS + DAY_MS).toISOString();
    expect(body).toEqual({ secret: expect.stringMatching(/^whsec_/), previousUntil });
    const { topic, subscription } = await found(api);
    expect(await api.engine.subscriptions.secrets(subscription)).toEqual({
      signing: secretIn({ body }),
      previous: { signing: before, untilMs: START_MS + DAY_MS },
      headers: { "x-key": "k1" },
    });
    expect([topic.name, subscription.version]).toEqual(["orders", 2]);
  });

  it("leaves one of two secrets where it is asked for twice at once", async () => {
    const api = await anApiWithTopic();
    await put(api);
    const answers = await Promise.all([1, 2].map(() => api.send("POST", `${HOOK}/rotate-secret`)));
    const { subscription } = await found(api);
    const kept = await api.engine.subscriptions.secrets(subscription);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(answers.map(secretIn))).toEqual(new Set([kept?.signing, kept?.previous?.signing]));
  });
});

async function found(api: Api) {
  const topic = await api.engine.topics.get("orders");
  const subscription = topic && (await api.engine.subscriptions.get(topic, "hook"));
  if (!topic || !subscription) throw new Error("both are there");
  return { topic, subscription };
}

describe("testing a webhook", () => {
  async function tested(outcome: DeliveryOutcome): Promise<{ body: unknown; got: readonly Handed[] }> {
    const subscriber = new MemorySubscriber();
    const got: Handed[] = [];
    subscriber.handlers.set("hook", (messages) => {
      got.push(...messages);
      return Promise.resolve(outcome);
    });
    const api = await anApiWithTopic({ replace: () => ({ subscriber }) });
    await put(api);
    return { body: (await api.send("POST", `${HOOK}/test`)).body, got };
  }

  it("sends a sample, of which nothing is kept", async () => {
    const { body, got } = await tested({ kind: "answered", failedIds: new Set(), status: 204 });
    expect(body).toEqual({ outcome: "done", status: 204, tookMs: 0 });
    expect(got).toMatchObject([{ id: expect.stringMatching(/^test-/), body: '{"test":true}', tag: "test" }]);
  });

  it.each<[DeliveryOutcome, object]>([
    [
      { kind: "failed", error: "answered 500: no", status: 500 },
      { outcome: "failed", error: "answered 500: no", status: 500 },
    ],
    [
      { kind: "unavailable", reason: "throttled", error: "answered 429", status: 429, retryAfterMs: 1_500 },
      {
        outcome: "unavailable",
        reason: "throttled",
        error: "answered 429",
        status: 429,
        retryAfterSeconds: 1.5,
      },
    ],
    [
      { kind: "unavailable", reason: "unreachable", error: "cannot be connected to: ENOTFOUND" },
      { outcome: "unavailable", reason: "unreachable", error: "cannot be connected to: ENOTFOUND" },
    ],
  ])("GIVEN the outcome %j WHEN it is answered THEN it is %j", async (outcome, expected) => {
    expect((await tested(outcome)).body).toEqual({ ...expected, tookMs: 0 });
  });
});

it.each(["test", "rotate-secret"])("POST …/%s is refused for a subscription that is pulled", async (what) => {
  const api = await anApiWithTopic();
  expect(await api.problem("POST", `${AUDIT}/${what}`)).toMatchObject({
    status: 409,
    code: "not-an-https-subscription",
  });
  expect(await api.problem("POST", `${HOOK}/${what}`)).toMatchObject({ code: "subscription-not-found" });
});
