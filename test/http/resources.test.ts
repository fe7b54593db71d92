import { type Api, AUDIT, ORDERS, anApi, anApiWithTopic } from "./an-api.js";

const TIMES = { createdAt: "2026-08-01T00:00:00.000Z", updatedAt: "2026-08-01T00:00:00.000Z" };
const DEFAULTS = {
  ordering: "none",
  partitions: 16,
  retentionSeconds: 259_200,
  trace: "off",
  dedupWindowSeconds: 300,
  paused: "none",
  description: "",
};

const names = async (api: Api, path: string): Promise<readonly string[]> => {
  const found: string[] = [];
  let query = "?limit=2";
  for (let page = 1; page <= 10; page++) {
    const { body } = await api.send("GET", `${path}${query}`);
    const { items, nextCursor } = body as { items: { name: string }[]; nextCursor?: string };
    expect(items.length).toBeLessThanOrEqual(2);
    found.push(...items.map(({ name }) => name));
    if (nextCursor === undefined) return found;
    query = `?limit=2&cursor=${nextCursor}`;
  }
  throw new Error("the pages have no end");
};

describe("a topic", () => {
  it("is made with defaults, and the same once more changes nothing", async () => {
    const api = anApi();
    const made = await api.send("PUT", ORDERS);
    await api.clock.advance(1_000);
    const again = await api.send("PUT", ORDERS, {});
    expect([made.status, again.status]).toEqual([201, 200]);
    expect(made.body).toEqual({ name: "orders", ...DEFAULTS, ...TIMES });
    expect(again.body).toEqual(made.body);
    expect((await api.send("GET", ORDERS)).body).toEqual(made.body);
  });

  it("is changed by PUT to just these settings, by PATCH in what is given", async () => {
    const api = anApi();
    await api.send("PUT", ORDERS, { description: "of the shop", retentionSeconds: 7_200 });
    await api.clock.advance(1_000);
    const changed = { ...TIMES, updatedAt: "2026-08-01T00:00:01.000Z" };
    expect((await api.send("PATCH", ORDERS, { paused: "delivery" })).body).toMatchObject({
      ...changed,
      description: "of the shop",
      retentionSeconds: 7_200,
      trace: "off",
      paused: "delivery",
    });
    const put = await api.send("PUT", ORDERS, { partitions: 32 });
    expect([put.status, put.body]).toEqual([
      200,
      { name: "orders", ...DEFAULTS, ...changed, partitions: 32 },
    ]);
  });

  it("is gone once it is deleted", async () => {
    const api = anApi();
    await api.send("PUT", ORDERS, {});
    const { status, text } = await api.send("DELETE", ORDERS);
    expect([status, text]).toEqual([204, ""]);
    expect((await api.send("GET", ORDERS)).status).toBe(404);
  });

  it("is listed by name, in pages", async () => {
    const api = anApi();
    for (const name of ["c", "a", "e", "b", "d"]) await api.send("PUT", `/v1/topics/${name}`);
    expect(await names(api, "/v1/topics")).toEqual(["a", "b", "c", "d", "e"]);
  });
});

describe("a subscription", () => {
  const audit = {
    name: "audit",
    topic: "orders",
    target: { type: "pull" },
    ackDeadlineSeconds: 30,
    retry: {
      maxAttempts: 16,
      minBackoffSeconds: 1,
      maxBackoffSeconds: 3_600,
      jitter: "full",
      scheduleSeconds: [],
    },
    deadLetter: { retentionSeconds: 1_209_600, onDeadLetter: "release" },
    batch: { maxMessages: 10, maxBytes: 262_144, windowSeconds: 0 },
    maxConcurrency: 10,
    rateLimitPerSecond: 0,
    paused: false,
    ...TIMES,
  };
  const nothing = { backlog: 0, inFlight: 0, retrying: 0, expired: 0, deadLetters: 0, setAside: 0 };
  const idle = {
    ...nothing,
    busyKeys: 0,
    heldKeys: 0,
    oldestUnackedAgeSeconds: 0,
    breaker: { state: "closed" },
  };

  it("is made with defaults, and the same once more changes nothing", async () => {
    const api = await anApiWithTopic();
    const again = await api.send("PUT", AUDIT);
    expect([again.status, again.body]).toEqual([200, audit]);
    expect((await api.send("GET", AUDIT)).body).toEqual({ ...audit, state: idle });
  });

  it("shows its function, and takes another", async () => {
    const api = await anApiWithTopic();
    const ship = `${ORDERS}/subscriptions/ship`;
    const target = (name: string) => ({
      type: "lambda",
      functionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${name}`,
    });
    const rateLimitPerSecond = 2.5;
    const batch = { windowSeconds: 300 };
    expect((await api.send("PUT", ship, { target: target("a"), rateLimitPerSecond, batch })).status).toBe(
      201,
    );
    expect((await api.send("PATCH", ship, { target: target("b:live") })).body).toMatchObject({
      target: target("b:live"),
      rateLimitPerSecond,
      batch: { maxMessages: 10, windowSeconds: 300 },
    });
  });

  it("is changed by PUT to just these settings, by PATCH in what is given", async () => {
    const api = await anApiWithTopic();
    await api.send("PUT", AUDIT, { ackDeadlineSeconds: 60, batch: { maxMessages: 5 } });
    const patched = await api.send("PATCH", AUDIT, {
      batch: { maxBytes: 2_048 },
      retry: { scheduleSeconds: [5, 60] },
      deadLetter: { retentionSeconds: 3_600 },
      maxConcurrency: 3,
    });
    const batch = { maxMessages: 5, maxBytes: 2_048 };
    const retry = { ...audit.retry, scheduleSeconds: [5, 60] };
    expect(patched.body).toMatchObject({ ackDeadlineSeconds: 60, batch, retry, maxConcurrency: 3 });
    expect(patched.body).toMatchObject({
      deadLetter: { retentionSeconds: 3_600, onDeadLetter: "release" },
    });
    const shorter = await api.send("PATCH", AUDIT, { retry: { maxBackoffSeconds: 600 } });
    expect(shorter.body).toMatchObject({ retry: { ...retry, maxBackoffSeconds: 600 } });
    expect((await api.send("PUT", AUDIT, { paused: true })).body).toEqual({ ...audit, paused: true });
  });

  it("shows how far it has come", async () => {
    const api = await anApiWithTopic();
    await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 1 }, { body: 2 }, { body: 3 }] });
    const { body } = await api.send("POST", `${AUDIT}/receive`, { maxMessages: 2 });
    const [{ receipt }] = (body as { messages: [{ receipt: string }] }).messages;
    await api.send("POST", `${AUDIT}/settle`, { results: [{ receipt, outcome: "retry", delaySeconds: 60 }] });
    await api.clock.advance(1_500);
    const state = {
      backlog: 1,
      inFlight: 1,
      retrying: 1,
      expired: 0,
      deadLetters: 0,
      setAside: 0,
      oldestUnackedAgeSeconds: 1.5,
      breaker: { state: "closed" },
    };
    expect((await api.send("GET", AUDIT)).body).toMatchObject({ state });
  });

  it.each([
    ["the earliest", "earliest", [1, 2, 3]],
    ["the latest", "latest", []],
    ["a time", { time: "2026-08-01T02:00:01+02:00" }, [2, 3]],
    ["a time with microseconds", { time: "2026-08-01T00:00:01.000001Z" }, [2, 3]],
  ])("starts at %s", async (_, from, expected) => {
    const api = await anApiWithTopic();
    for (const body of [1, 2, 3]) {
      await api.send("POST", `${ORDERS}/messages`, { messages: [{ body }] });
      await api.clock.advance(1_000);
    }
    const fresh = `${ORDERS}/subscriptions/fresh`;
    expect((await api.send("PUT", fresh, { from })).status).toBe(201);
    const { body } = await api.send("POST", `${fresh}/receive`, {});
    expect((body as { messages: { body: number }[] }).messages.map((message) => message.body)).toEqual(
      expected,
    );
  });

  it.each<[string, (ids: readonly string[]) => unknown, readonly number[]]>([
    ["the earliest", () => "earliest", [1, 2, 3]],
    ["the latest", () => "latest", []],
    ["a time", () => ({ time: "2026-08-01T02:00:01+02:00" }), [2, 3]],
    ["a time with microseconds", () => ({ time: "2026-08-01T00:00:01.000001Z" }), [2, 3]],
    ["a time that its clock is ahead", () => ({ time: "2026-08-01T00:05:00Z" }), []],
    ["a message", ([, second]) => ({ id: second }), [2, 3]],
  ])("is sought to %s, and shows what is ahead then", async (_, to, expected) => {
    // GIVEN one that has come to the end
    const api = await anApiWithTopic();
    const ids: string[] = [];
    for (const body of [1, 2, 3]) {
      const { body: answer } = await api.send("POST", `${ORDERS}/messages`, { messages: [{ body }] });
      ids.push(...(answer as { messages: { id: string }[] }).messages.map(({ id }) => id));
      await api.clock.advance(1_000);
    }
    const receive = async () => {
      const { body } = await api.send("POST", `${AUDIT}/receive`, {});
      return (body as { messages: { body: number }[] }).messages.map((message) => message.body);
    };
    expect(await receive()).toEqual([1, 2, 3]);
    // WHEN
    const { status, body } = await api.send("POST", `${AUDIT}/seek`, { to: to(ids) });
    // THEN
    expect([status, body]).toEqual([200, { ...audit, updatedAt: "2026-08-01T00:00:03.000Z" }]);
    const state = { backlog: expected.length, inFlight: 0, retrying: 0 };
    expect((await api.send("GET", AUDIT)).body).toMatchObject({ state });
    expect(await receive()).toEqual(expected);
  });

  it("lists what it could not read, in pages", async () => {
    // GIVEN five slots, of which each but the last has lost its bytes
    const api = await anApiWithTopic();
    for (const body of [1, 2, 3, 4, 5])
      await api.send("POST", `${ORDERS}/messages`, { messages: [{ body }] });
    for (const slots of api.storage.logs.values()) {
      for (const slot of slots.splice(0, 4)) slots.push({ ...slot, checksum: "damaged" });
      slots.sort((one, other) => one.base - other.base);
    }
    // WHEN they are received
    const { body } = await api.send("POST", `${AUDIT}/receive`, {});
    expect((body as { messages: unknown[] }).messages).toMatchObject([{ body: 5 }]);
    // THEN
    const first = await api.send("GET", `${AUDIT}/set-aside?limit=3`);
    const { items, nextCursor } = first.body as { items: { firstOffset: number }[]; nextCursor: string };
    const offset = items[0]?.firstOffset ?? -1;
    const entry = (at: number) => ({
      partition: 0,
      firstOffset: offset + at,
      count: 1,
      firstId: expect.stringMatching(new RegExp(`^orders\\..+\\.0\\.${offset + at}$`)) as string,
      setAsideAt: "2026-08-01T00:00:00.000Z",
      reason: "checksum-mismatch",
    });
    expect(items).toEqual([0, 1, 2].map(entry));
    const second = await api.send("GET", `${AUDIT}/set-aside?limit=3&cursor=${nextCursor}`);
    expect(second.body).toEqual({ items: [entry(3)] });
    expect((await api.send("GET", AUDIT)).body).toMatchObject({ state: { setAside: 4 } });
  });

  it("lists nothing set aside where all can be read, and refuses a cursor from elsewhere", async () => {
    const api = await anApiWithTopic();
    expect((await api.send("GET", `${AUDIT}/set-aside`)).body).toEqual({ items: [] });
    const refused = await api.problem("GET", `${AUDIT}/set-aside?cursor=nonsense`);
    expect(refused).toMatchObject({ code: "invalid-request", errors: [{ path: "query.cursor" }] });
    const missing = await api.problem("GET", `${ORDERS}/subscriptions/none/set-aside`);
    expect(missing).toMatchObject({ code: "subscription-not-found" });
  });

  it("is gone with its progress once it is deleted, and its topic can go then", async () => {
    const api = await anApiWithTopic();
    await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 1 }] });
    await api.send("POST", `${AUDIT}/receive`, {});
    expect((await api.send("DELETE", AUDIT)).status).toBe(204);
    expect((await api.send("GET", AUDIT)).status).toBe(404);
    await api.send("PUT", AUDIT, {});
    expect((await api.send("GET", AUDIT)).body).toMatchObject({ state: idle });
    await api.send("DELETE", AUDIT);
    expect((await api.send("DELETE", ORDERS)).status).toBe(204);
  });

  it("is listed by name, in pages", async () => {
    const api = await anApiWithTopic();
    for (const name of ["c", "b"]) await api.send("PUT", `${ORDERS}/subscriptions/${name}`);
    expect(await names(api, `${ORDERS}/subscriptions`)).toEqual(["audit", "b", "c"]);
  });
});
