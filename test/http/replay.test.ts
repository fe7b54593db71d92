import { AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

const REPLAY = `${AUDIT}/replay`;

/** Messages that are done. */
async function withDone(...messages: readonly object[]) {
  const api = await anApiWithTopic();
  await api.send("POST", `${ORDERS}/messages`, { messages });
  const { body } = await api.send("POST", `${AUDIT}/receive`, { maxMessages: 100 });
  const received = (body as { messages: { receipt: string }[] }).messages;
  const results = received.map(({ receipt }) => ({ receipt, outcome: "ack" }));
  await api.send("POST", `${AUDIT}/settle`, { results });
  return api;
}

const COUNTS = { underWay: 0, deadLetters: 0, expired: 0, erased: 0, unreadable: 0 };
const AT = "2026-08-01T00:00:00.000Z";

it("GIVEN messages that are done WHEN some are replayed THEN a job tells what it did, and they come", async () => {
  const api = await withDone({ body: { total: 5 }, key: "a" }, { body: { total: 50 }, key: "a" });
  const asked = { from: { time: AT }, key: "a", filter: { "body.total": [{ numeric: [">", 9] }] } };
  const dry = await api.send("POST", REPLAY, { ...asked, dryRun: true });
  expect(dry.body).toEqual({
    read: 2,
    matched: 1,
    moved: 1,
    ...COUNTS,
    reached: AT,
    isAll: true,
    partitionsLeft: 0,
  });
  const { job } = (await api.send("POST", REPLAY, asked)).body as { job: { id: string } };
  expect(job).toEqual({
    ...{
      id: expect.any(String) as string,
      state: "done",
      ...asked,
      ...COUNTS,
      read: 2,
      matched: 1,
      moved: 1,
    },
    ...{ reached: AT, partitionsLeft: 0, startedAt: AT, endedAt: AT, expiresAt: "2026-08-15T00:00:00.000Z" },
  });
  expect((await api.send("GET", `${REPLAY}/jobs/${job.id}`)).body).toEqual(job);
  expect((await api.send("GET", `${REPLAY}/jobs`)).body).toEqual({ items: [job] });
  expect((await api.send("POST", `${AUDIT}/receive`, {})).body).toMatchObject({
    messages: [{ body: { total: 50 }, attempt: 1 }],
  });
});

it("GIVEN one that is running WHEN another is asked for THEN it is refused; a DELETE makes room", async () => {
  const api = await withDone({ body: 1 }, { body: 2 });
  const slow = await api.send("POST", REPLAY, { from: "earliest", ratePerSecond: 0.1 });
  const { job } = slow.body as { job: { id: string } };
  expect(job).toMatchObject({ state: "running", moved: 1, ratePerSecond: 0.1, partitionsLeft: 1 });
  const problem = await api.problem("POST", REPLAY, { from: "earliest" });
  expect(problem).toMatchObject({ status: 409, code: "replay-running" });
  expect(problem.detail).toContain(job.id);
  const cancelled = await api.send("DELETE", `${REPLAY}/jobs/${job.id}`);
  expect([cancelled.status, cancelled.body]).toMatchObject([200, { state: "cancelled", moved: 1 }]);
  expect(await api.problem("GET", `${REPLAY}/jobs/none`)).toMatchObject({
    status: 404,
    code: "job-not-found",
  });
});

it("GIVEN what is wrong THEN it is told where", async () => {
  const api = await withDone({ body: 1 });
  const paths = async (body: object): Promise<unknown> =>
    (await api.problem("POST", REPLAY, body)).errors?.map(({ path }) => path);
  expect(await paths({})).toEqual(["from"]);
  expect(await paths({ from: "latest" })).toEqual(["from"]);
  expect(await paths({ from: { id: "x" } })).toEqual(["from.id"]);
  expect(await paths({ from: { time: "2030-01-01T00:00:00Z" } })).toEqual(["from.time"]);
  expect(await paths({ from: "earliest", to: "earliest" })).toEqual(["to"]);
  expect(await paths({ from: "earliest", filter: { nothing: ["a"] } })).toEqual([
    expect.stringMatching(/^filter/) as string,
  ]);
});
