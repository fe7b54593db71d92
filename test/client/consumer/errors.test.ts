import { SluiceClient } from "../../../lib/client/index.js";
import { aQueue, problem } from "./a-queue.js";

describe("an API that refuses", () => {
  it.each([401, 403, 404])(
    "GIVEN a %i from the start WHEN it consumes THEN it gives up at once",
    async (status) => {
      const queue = await aQueue();
      queue.wire = () => Promise.resolve(problem(status, "no-way"));
      const consumer = queue.consume(() => undefined);
      const failed = expect(consumer.finished).rejects.toMatchObject({ code: "no-way", status });
      await queue.pass(5_000);
      await failed;
      expect(queue.requests("receive")).toHaveLength(1);
      expect(queue.errors).toMatchObject([{ during: "receive" }]);
    },
  );

  it("GIVEN a push subscription WHEN it consumes THEN it gives up", async () => {
    const queue = await aQueue();
    const target = { type: "lambda", functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:ship" };
    await queue.client.request("PUT", "/v1/topics/orders/subscriptions/ship", { target });
    const consumer = queue.client.consume("orders", "ship", () => undefined, { onError: () => undefined });
    await expect(consumer.finished).rejects.toMatchObject({ code: "not-a-pull-subscription" });
  });

  it("GIVEN one that worked before WHEN it refuses for less than a minute THEN the consumer goes on", async () => {
    const queue = await aQueue();
    const seen: unknown[] = [];
    queue.consume(({ body }) => void seen.push(body));
    await queue.pass(1_000);
    queue.wire = () => Promise.resolve(problem(403, "forbidden"));
    await queue.pass(50_000);
    queue.wire = (_, pass) => pass();
    await queue.publish({ body: 1 });
    await queue.pass(40_000);
    expect(seen).toEqual([1]);
  });

  it("GIVEN one that worked before WHEN it refuses for longer THEN handlers end, and it gives up", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    const consumer = queue.consume(() => queue.work(1_000));
    await queue.pass(5_000);
    queue.wire = () => Promise.resolve(problem(404, "subscription-not-found"));
    const failed = expect(consumer.finished).rejects.toMatchObject({ code: "subscription-not-found" });
    await queue.pass(150_000);
    await failed;
    expect(queue.outcomes()).toEqual(["ack"]);
  });

  it("GIVEN a consumer that may receive but not settle WHEN a message is done THEN it gives up", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    queue.wire = (sent, pass) =>
      sent.what === "settle" ? Promise.resolve(problem(403, "forbidden")) : pass();
    const consumer = queue.consume(() => undefined);
    const failed = expect(consumer.finished).rejects.toMatchObject({ status: 403 });
    await queue.pass(10_000);
    await failed;
  });
});

describe("an API in trouble", () => {
  it("GIVEN one that fails WHEN it is asked again THEN the pauses grow, up to half a minute", async () => {
    const queue = await aQueue();
    queue.wire = () => Promise.resolve(problem(503, "storage-unavailable"));
    queue.consume(() => undefined);
    await queue.pass(300_000);
    const times = queue.requests("receive").map(({ atMs }) => atMs);
    const pauses = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(pauses[0]).toBeLessThan(500);
    expect(pauses.at(-1)).toBeGreaterThan(14_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30_050);
  });

  it("GIVEN one that asks to wait WHEN it is asked again THEN that was waited for", async () => {
    const queue = await aQueue();
    queue.wire = () => Promise.resolve(problem(429, "throttled", { "Retry-After": "7" }));
    queue.consume(() => undefined);
    await queue.pass(6_500);
    expect(queue.requests("receive")).toHaveLength(1);
    await queue.pass(1_000);
    expect(queue.requests("receive")).toHaveLength(2);
  });

  it("GIVEN empty answers that come at once WHEN it polls THEN it asks once a second", async () => {
    const queue = await aQueue();
    queue.wire = () => Promise.resolve(Response.json({ messages: [] }));
    queue.consume(() => undefined);
    await queue.pass(10_000);
    expect(queue.requests("receive").length).toBeLessThanOrEqual(11);
  });

  it("GIVEN receipts that cannot be settled for now WHEN time passes THEN they are settled again", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    let conflicts = 3;
    queue.wire = async (sent, pass) => {
      if (sent.what !== "settle" || conflicts-- <= 0) return await pass();
      const error = { type: "x", title: "x", status: 409, detail: "why", code: "conflict" };
      return Response.json({ results: [{ error }] });
    };
    const attempts: number[] = [];
    queue.consume(({ attempt }) => void attempts.push(attempt));
    await queue.pass(60_000);
    expect(attempts).toEqual([1]);
    expect(queue.outcomes()).toEqual(["ack", "ack", "ack", "ack"]);
    expect(queue.errors).toEqual([]);
  });

  it("GIVEN a receipt that is refused WHEN it is settled THEN the error is told, with its message", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    queue.wire = (sent, pass) => {
      if (sent.what !== "settle") return pass();
      const error = { type: "x", title: "x", status: 410, detail: "why", code: "receipt-expired" };
      return Promise.resolve(Response.json({ results: [{ error }] }));
    };
    queue.consume(() => undefined);
    await queue.pass(5_000);
    expect(queue.errors).toMatchObject([
      { during: "settle", messages: [{ body: 1 }], error: { code: "receipt-expired" } },
    ]);
  });
});

it("GIVEN an onError that throws WHEN a handler fails THEN the consumer stops with that error", async () => {
  const queue = await aQueue();
  await queue.publish({ body: 1 });
  const handler = (): never => {
    throw new Error("a bug");
  };
  const consumer = queue.consume(handler, {
    onError: (error) => {
      throw error;
    },
  });
  const failed = expect(consumer.finished).rejects.toThrow("a bug");
  await queue.pass(5_000);
  await failed;
  expect(queue.outcomes()[0]).toBe("retry");
});

it("GIVEN no onError WHEN something fails THEN one line says what", async () => {
  const lines: unknown[] = [];
  const print = jest.spyOn(console, "error").mockImplementation((line) => void lines.push(line));
  const fetch = () => Promise.resolve(problem(403, "forbidden"));
  const client = new SluiceClient({ apiUrl: "https://queue.example", auth: "none", fetch });
  const consumer = client.consume("orders", "audit", () => undefined);
  await expect(consumer.finished).rejects.toMatchObject({ status: 403 });
  print.mockRestore();
  expect(lines).toEqual(["sluice: orders/audit, receive: SluiceProblem: forbidden: why"]);
});
