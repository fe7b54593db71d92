import { StorageUnavailable, Throttled } from "../../lib/domain/errors.js";
import { invariant } from "../../lib/domain/invariant.js";
import type { Ports } from "../../lib/operations/engine.js";
import { ORDERS, anApi } from "./an-api.js";

/** Topics that cannot be read, in this way. */
const failing =
  (error: () => Error) =>
  ({ topics }: Ports): Partial<Ports> => ({ topics: { ...topics, get: () => Promise.reject(error()) } });

it("answers that it is there", async () => {
  const { status, body } = await anApi().send("GET", "/v1/health");
  expect([status, body]).toEqual([200, { status: "ok" }]);
});

it("answers HEAD as GET, without the body", async () => {
  const { status, text } = await anApi().send("HEAD", "/v1/health");
  expect([status, text]).toEqual([200, ""]);
});

it.each([
  ["GET", "/v1/health"],
  ["PUT", ORDERS],
  ["DELETE", ORDERS],
  ["GET", "/nowhere"],
  ["PATCH", "/v1/health"],
])("gives every answer an id of its own: %s %s", async (method, path) => {
  const api = anApi();
  const ids = [await api.send(method, path), await api.send(method, path)].map(({ headers }) =>
    headers.get("sluice-request-id"),
  );
  expect(ids[0]).toMatch(/^[\w-]{22}$/);
  expect(ids[1]).not.toBe(ids[0]);
});

describe("what went wrong on our side", () => {
  it("shows nothing of itself to the caller, and all to the log", async () => {
    const cause = new Error("password: hunter2");
    const api = anApi({ replace: failing(() => new TypeError("cannot read x of undefined", { cause })) });
    const problem = await api.problem("GET", ORDERS);
    expect(problem).toMatchObject({
      status: 500,
      code: "internal-error",
      type: "urn:sluice:problem:internal-error",
    });
    expect(JSON.stringify(problem)).not.toMatch(/hunter2|undefined/);
    const { requestId } = problem;
    const error = "TypeError: cannot read x of undefined <- Error: password: hunter2";
    const fields = { requestId, method: "GET", path: ORDERS, error, stack: expect.any(String) as string };
    expect(api.telemetry.events).toEqual([{ name: "request-failed", level: "error", fields }]);
  });

  it("stops where a rule of the design does not hold", async () => {
    const failure = () => {
      invariant(false, "range starts below head");
      return new Error();
    };
    const api = anApi({ replace: failing(failure) });
    expect(await api.problem("GET", ORDERS)).toMatchObject({ status: 500, code: "internal-error" });
  });

  it("says when to come back where the store did not answer, and logs it", async () => {
    const api = anApi({ replace: failing(() => new StorageUnavailable("reading a topic")) });
    const { status, headers, body } = await api.send("GET", ORDERS);
    expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
    expect(body).toMatchObject({ code: "storage-unavailable", title: "Storage unavailable" });
    expect(api.telemetry.events).toHaveLength(1);
  });

  it.each([
    [1, "1"],
    [1_000, "1"],
    [1_001, "2"],
  ])("asks for whole seconds of patience: %i ms", async (retryAfterMs, header) => {
    const api = anApi({ replace: failing(() => new Throttled("reading a topic", retryAfterMs)) });
    const { status, headers, body } = await api.send("GET", ORDERS);
    expect([status, headers.get("retry-after")]).toEqual([429, header]);
    expect(body).toMatchObject({ code: "throttled" });
    expect(api.telemetry.events).toEqual([]);
  });
});

it("reads no more of a body than the limit, whatever its length was said to be", async () => {
  const api = anApi({ app: { requestLimitBytes: 10 } });
  const problem = await api.problem("PUT", ORDERS, `{"description":"${"x".repeat(10)}"}`);
  expect(problem).toMatchObject({ status: 413, code: "request-too-large" });
});
