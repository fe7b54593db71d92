import { TOMBSTONE_MS } from "../../lib/operations/manage/topics.js";
import { type Api, AUDIT, ORDERS, anApi, anApiWithTopic } from "./an-api.js";

const MESSAGES = `${ORDERS}/messages`;
const LAMBDA = { type: "lambda", functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:ship" };

describe("what is not there", () => {
  const everywhere: readonly (readonly [string, string, unknown])[] = [
    ["GET", "", undefined],
    ["PATCH", "", {}],
    ["DELETE", "", undefined],
    ["GET", "/messages", undefined],
    ["POST", "/messages", { messages: [{ body: 1 }] }],
    ["POST", "/messages/raw", "x"],
    ["GET", "/subscriptions", undefined],
    ["PUT", "/subscriptions/audit", {}],
    ["GET", "/subscriptions/audit", undefined],
    ["PATCH", "/subscriptions/audit", {}],
    ["DELETE", "/subscriptions/audit", undefined],
    ["POST", "/subscriptions/audit/receive", {}],
    ["POST", "/subscriptions/audit/settle", { results: [{ receipt: "x", outcome: "ack" }] }],
    ["POST", "/subscriptions/audit/seek", { to: "earliest" }],
    ["GET", "/subscriptions/audit/dead-letters", undefined],
    ["GET", "/subscriptions/audit/dead-letters/x", undefined],
    ["DELETE", "/subscriptions/audit/dead-letters/x", undefined],
    ["POST", "/subscriptions/audit/dead-letters/redrive", { all: true }],
    ["POST", "/subscriptions/audit/dead-letters/purge", undefined],
    ["GET", "/subscriptions/audit/dead-letters/x/history", undefined],
    ["GET", "/subscriptions/audit/dead-letters/jobs", undefined],
    ["GET", "/subscriptions/audit/dead-letters/jobs/x", undefined],
    ["DELETE", "/subscriptions/audit/dead-letters/jobs/x", undefined],
  ];

  it.each(everywhere)("%s …%s: no such topic", async (method, path, body) => {
    const problem = await anApi().problem(method, `/v1/topics/nowhere${path}`, body);
    expect(problem).toMatchObject({ status: 404, code: "topic-not-found" });
  });

  const ofSubscriptions = everywhere.filter(([method, path]) => path.includes("/audit") && method !== "PUT");
  it.each(ofSubscriptions)("%s …%s: no such subscription", async (method, path, body) => {
    const api = await anApiWithTopic();
    const problem = await api.problem(method, `${ORDERS}${path.replace("audit", "nobody")}`, body);
    expect(problem).toMatchObject({ status: 404, code: "subscription-not-found" });
  });

  it.each(["/", "/v1", "/v1/topics/", "/v1/topics/orders/", "/v2/topics", "/favicon.ico"])(
    "%s: no such route",
    async (path) => {
      const problem = await anApi().problem("GET", path);
      expect(problem).toMatchObject({ status: 404, code: "route-not-found" });
    },
  );

  it.each([
    ["POST", ORDERS, "PUT, GET, HEAD, PATCH, DELETE"],
    ["DELETE", MESSAGES, "GET, HEAD, POST"],
    ["DELETE", "/v1/topics", "GET, HEAD"],
    ["PUT", `${AUDIT}/settle`, "POST"],
    ["GET", `${AUDIT}/seek`, "POST"],
    ["OPTIONS", "/v1/health", "GET, HEAD"],
  ])("%s %s: another method", async (method, path, allowed) => {
    const { status, headers, body } = await anApi().send(method, path);
    expect(status).toBe(405);
    expect(body).toMatchObject({ code: "method-not-allowed" });
    expect(new Set(headers.get("allow")?.split(", "))).toEqual(new Set(allowed.split(", ")));
  });
});

it("answers HEAD where there is no GET with 405, and no body", async () => {
  const { status, headers, text } = await anApi().send("HEAD", `${AUDIT}/seek`);
  expect([status, headers.get("allow"), text]).toEqual([405, "POST", ""]);
  expect(headers.get("content-type")).toBe("application/problem+json");
});

describe("what is in the way", () => {
  const expectProblem = async (api: Api, method: string, path: string, body: unknown, expected: object) =>
    expect(await api.problem(method, path, body)).toMatchObject(expected);

  it("a topic with subscriptions is not deleted", async () => {
    const api = await anApiWithTopic();
    await expectProblem(api, "DELETE", ORDERS, undefined, { status: 409, code: "topic-has-subscriptions" });
    expect((await api.send("GET", ORDERS)).status).toBe(200);
  });

  it("a topic that was just deleted is not made again, until Retry-After is over", async () => {
    const api = await anApiWithTopic();
    await api.send("DELETE", AUDIT);
    await api.send("DELETE", ORDERS);
    const { status, headers, body } = await api.send("PUT", ORDERS, {});
    expect([status, body]).toEqual([409, expect.objectContaining({ code: "topic-just-deleted" })]);
    const seconds = Number(headers.get("retry-after"));
    expect(seconds).toBe(TOMBSTONE_MS / 1_000);
    await api.clock.advance(seconds * 1_000);
    expect((await api.send("PUT", ORDERS, {})).status).toBe(201);
  });

  it.each([
    ["the ordering", ORDERS, { ordering: "key" }, "ordering"],
    ["fewer partitions", ORDERS, { partitions: 8 }, "partitions"],
    ["the kind of target", AUDIT, { target: LAMBDA }, "target.type"],
  ])("%s cannot be changed", async (_, path, change, field) => {
    const api = await anApiWithTopic();
    for (const method of ["PUT", "PATCH"]) {
      await expectProblem(api, method, path, change, {
        status: 409,
        code: "setting-fixed",
        errors: [{ path: field }],
      });
    }
  });

  it("the partitions of a topic that is ordered by key cannot be changed at all", async () => {
    const api = await anApiWithTopic({}, { ordering: "key", partitions: 4 });
    const fixed = { code: "setting-fixed", errors: [{ path: "partitions" }] };
    await expectProblem(api, "PATCH", ORDERS, { partitions: 8 }, fixed);
  });

  it("a topic that is paused takes no messages", async () => {
    const api = await anApiWithTopic({}, { paused: "publish" });
    const paused = { status: 409, code: "topic-paused" };
    await expectProblem(api, "POST", MESSAGES, { messages: [{ body: 1 }] }, paused);
    await expectProblem(api, "POST", `${MESSAGES}/raw`, "x", paused);
  });

  it("a push subscription cannot be received", async () => {
    const api = await anApiWithTopic();
    await api.send("PUT", `${ORDERS}/subscriptions/ship`, { target: LAMBDA });
    const notPull = { status: 409, code: "not-a-pull-subscription" };
    await expectProblem(api, "POST", `${ORDERS}/subscriptions/ship/receive`, {}, notPull);
  });
});
