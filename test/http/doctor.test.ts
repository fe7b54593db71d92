import { sweep } from "../../lib/operations/clock/sweep.js";
import { AUDIT, ORDERS, START_MS, anApi } from "./an-api.js";

const MINUTE_MS = 60_000;

/** A topic whose messages nobody receives, and another one that is paused; the clock has just swept. */
async function withTrouble() {
  const api = anApi();
  await api.send("PUT", ORDERS, {});
  await api.send("PUT", AUDIT, {});
  await api.send("PUT", "/v1/topics/bills", { paused: "all" });
  await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 1 }] });
  await api.clock.advance(6 * MINUTE_MS);
  await sweep(api.engine, { deadlineMs: api.clock.nowMs() + MINUTE_MS });
  return api;
}

const PAUSED = {
  ...{ level: "note", code: "paused", topic: "bills" },
  what: "it is paused: publishes are refused, and nothing is delivered",
  advice: "sluice topics resume bills",
};
const WAITING = {
  ...{ level: "wrong", code: "not-received", topic: "orders", subscription: "audit" },
  what: "its oldest message has waited for 6 minutes; 1 message waits, 0 in flight",
  since: new Date(START_MS).toISOString(),
  advice: "no consumer receives",
};

it("answers what is wrong, where, since when, and what to do", async () => {
  const api = await withTrouble();
  const { status, body } = await api.send("GET", "/v1/doctor");
  expect([status, body]).toEqual([
    200,
    { looked: { topics: 2, subscriptions: 1 }, findings: [PAUSED, WAITING] },
  ]);
});

it("takes how old a message may be, and one topic", async () => {
  const api = await withTrouble();
  const patient = await api.send("GET", "/v1/doctor?maxAgeSeconds=600");
  expect(patient.body).toMatchObject({ findings: [PAUSED] });
  const one = await api.send("GET", `${ORDERS}/doctor`);
  expect(one.body).toEqual({ looked: { topics: 1, subscriptions: 1 }, findings: [WAITING] });
});

it("answers a part where it is asked for one, and the rest behind its cursor", async () => {
  const api = await withTrouble();
  const first = (await api.send("GET", "/v1/doctor?limit=1")).body as { nextCursor: string };
  expect(first).toMatchObject({ looked: { topics: 1 }, findings: [PAUSED] });
  const rest = await api.send("GET", `/v1/doctor?cursor=${first.nextCursor}`);
  expect(rest.body).toEqual({ looked: { topics: 1, subscriptions: 1 }, findings: [WAITING] });
});

it.each([
  ["/v1/doctor?maxAgeSeconds=0", "query.maxAgeSeconds"],
  ["/v1/doctor?maxAgeSeconds=soon", "query.maxAgeSeconds"],
  ["/v1/doctor?limit=101", "query.limit"],
  ["/v1/doctor?cursor=nonsense", "query.cursor"],
  ["/v1/doctor?topic=orders", "query.topic"],
])("refuses %s, and says where it is wrong", async (path, where) => {
  const api = await withTrouble();
  const problem = await api.problem("GET", path);
  expect([problem.status, problem.errors?.map((error) => error.path)]).toEqual([400, [where]]);
});

it("GIVEN a topic that is not there THEN it says so", async () => {
  const api = await withTrouble();
  expect((await api.problem("GET", "/v1/topics/none/doctor")).code).toBe("topic-not-found");
});
