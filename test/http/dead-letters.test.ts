import { type Api, AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

const DEAD = `${AUDIT}/dead-letters`;

/** Messages that have failed once, of a subscription that allows no more. */
async function withDead(...messages: readonly object[]): Promise<Api & { readonly ids: readonly string[] }> {
  const api = await anApiWithTopic();
  await api.send("PATCH", AUDIT, { retry: { maxAttempts: 1 } });
  const { body } = await api.send("POST", `${ORDERS}/messages`, { messages });
  const ids = (body as { messages: { id: string }[] }).messages.map(({ id }) => id);
  const received = (await api.send("POST", `${AUDIT}/receive`, { maxMessages: 100 })).body as {
    messages: { receipt: string }[];
  };
  const results = received.messages.map(({ receipt }) => ({
    receipt,
    outcome: "retry",
    error: "no customer",
  }));
  await api.send("POST", `${AUDIT}/settle`, { results });
  return { ...api, ids };
}

const idsIn = ({ body }: { body: unknown }): readonly string[] =>
  (body as { items: { id: string }[] }).items.map(({ id }) => id);

it("GIVEN a message that failed too often WHEN it is read THEN it is as it was published, to the digit", async () => {
  const body = '{"total":12345678901234567890.10}';
  const api = await withDead({ body: 1 });
  await api.send("POST", `${ORDERS}/messages`, `{"messages":[{"body":${body},"key":"k","tag":"t"}]}`, {
    "Content-Type": "application/json",
  });
  const { messages } = (await api.send("POST", `${AUDIT}/receive`, {})).body as {
    messages: { id: string; receipt: string }[];
  };
  const [{ id, receipt }] = messages as [{ id: string; receipt: string }];
  await api.send("POST", `${AUDIT}/settle`, { results: [{ receipt, outcome: "retry", error: "no" }] });
  const read = await api.send("GET", `${DEAD}/${id}`);
  expect(read.status).toBe(200);
  expect(read.body).toMatchObject({
    id,
    key: "k",
    tag: "t",
    attempt: 1,
    error: "no",
    sizeBytes: body.length,
  });
  expect(read.body).toMatchObject({
    attempts: [{ at: "2026-08-01T00:00:00.000Z", attempt: 1, outcome: "failed", error: "no" }],
  });
  expect(read.text).toContain(`"body":${body}}`);
  expect(idsIn(await api.send("GET", `${DEAD}?tag=t`))).toEqual([id]);
  expect(idsIn(await api.send("GET", `${DEAD}?minAttempts=1&error=no%20customer`))).toEqual(api.ids);
  expect(idsIn(await api.send("GET", `${DEAD}?minAttempts=2`))).toEqual([]);
  expect((await api.send("GET", AUDIT)).body).toMatchObject({ state: { deadLetters: 2, retrying: 0 } });
});

it("GIVEN dead letters WHEN they are listed in pages THEN each is there once, without its body", async () => {
  const api = await withDead({ body: 1 }, { body: 2, attributes: { a: 1 } }, { body: 3 });
  const first = await api.send("GET", `${DEAD}?limit=2`);
  const { nextCursor, items } = first.body as { nextCursor: string; items: object[] };
  expect(items[0]).toEqual({
    id: expect.any(String) as string,
    contentType: "application/json",
    sizeBytes: 1,
    publishedAt: "2026-08-01T00:00:00.000Z",
    attempt: 1,
    firstReceivedAt: "2026-08-01T00:00:00.000Z",
    error: "no customer",
    reason: "max-attempts",
    deadLetteredAt: "2026-08-01T00:00:00.000Z",
    expiresAt: "2026-08-15T00:00:00.000Z",
  });
  const rest = await api.send("GET", `${DEAD}?limit=2&cursor=${nextCursor}`);
  expect([...idsIn(first), ...idsIn(rest)].sort()).toEqual([...api.ids].sort());
});

it("GIVEN a message that is rejected WHEN it is listed THEN that is its reason", async () => {
  const api = await anApiWithTopic();
  await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 1 }] });
  const { messages } = (await api.send("POST", `${AUDIT}/receive`, {})).body as {
    messages: { id: string; receipt: string }[];
  };
  const results = messages.map(({ receipt }) => ({ receipt, outcome: "reject", error: "no customer" }));
  const settled = await api.send("POST", `${AUDIT}/settle`, { results });
  expect(settled.body).toEqual({ results: [{ status: "ok" }] });
  expect((await api.send("GET", DEAD)).body).toMatchObject({
    items: [{ id: messages[0]?.id, reason: "rejected", error: "no customer", attempt: 1 }],
  });
});

it("GIVEN a redrive WHEN some cannot be sent THEN each of these has its problem, and the others are sent", async () => {
  const api = await withDead({ body: 1 }, { body: 2 });
  const redriven = await api.send("POST", `${DEAD}/redrive`, { ids: [api.ids[0], "none"] });
  expect(redriven.body).toMatchObject({
    moved: 1,
    refused: [{ id: "none", error: { code: "dead-letter-not-found", status: 404 } }],
  });
  const { messages } = (await api.send("POST", `${AUDIT}/receive`, {})).body as { messages: object[] };
  expect(messages).toMatchObject([{ id: api.ids[0], attempt: 1, body: 1 }]);
});

it("GIVEN one that is mended WHEN it is redriven THEN it comes so, to the digit, and dies so", async () => {
  const api = await withDead({ body: 1, tag: "t", attributes: { a: 1 } });
  const body = '{"total":12345678901234567890.10}';
  const sent = await api.send("POST", `${DEAD}/redrive`, `{"ids":["${api.ids[0]}"],"body":${body}}`, {
    "Content-Type": "application/json",
  });
  expect(sent.body).toEqual({ moved: 1, refused: [] });
  const received = await api.send("POST", `${AUDIT}/receive`, {});
  expect(received.text).toContain(`"body":${body}`);
  const { messages } = received.body as { messages: { receipt: string }[] };
  expect(messages).toMatchObject([{ id: api.ids[0], tag: "t", attributes: { a: 1 }, attempt: 1 }]);
  const results = messages.map(({ receipt }) => ({ receipt, outcome: "retry" }));
  await api.send("POST", `${AUDIT}/settle`, { results });
  const read = await api.send("GET", `${DEAD}/${api.ids[0]}`);
  expect(read.body).toMatchObject({ mended: true, tag: "t" });
  expect(read.text).toContain(`"body":${body}`);
});

it("GIVEN bytes and attributes WHEN a dead letter is mended THEN both replace what it had", async () => {
  const api = await withDead({ body: 1, attributes: { a: 1, b: 2 } });
  const mend = { bodyBase64: "AAE=", contentType: "image/png", attributes: { c: true } };
  await api.send("POST", `${DEAD}/redrive`, { ids: api.ids, ...mend });
  const { messages } = (await api.send("POST", `${AUDIT}/receive`, {})).body as { messages: object[] };
  expect(messages).toMatchObject([{ bodyBase64: "AAE=", contentType: "image/png" }]);
  expect((messages as { attributes: object }[])[0]?.attributes).toEqual({ c: true });
});

it("GIVEN a dry run WHEN all are redriven THEN it only tells, and a purge deletes them then", async () => {
  const api = await withDead({ body: 1 }, { body: 2 });
  const dry = await api.send("POST", `${DEAD}/redrive`, { all: true, dryRun: true });
  expect(dry.body).toMatchObject({ moved: 2, refused: [], total: 2, examined: 2 });
  expect((dry.body as { sample: { id: string }[] }).sample.map(({ id }) => id).sort()).toEqual(
    [...api.ids].sort(),
  );
  expect((await api.send("POST", `${DEAD}/purge`)).body).toEqual({ deleted: 2, more: false });
  expect((await api.send("GET", DEAD)).body).toEqual({ items: [] });
});

it("GIVEN one WHEN it is deleted THEN it is gone, and the next time not found", async () => {
  const api = await withDead({ body: 1 });
  const path = `${DEAD}/${api.ids[0]}`;
  expect((await api.send("DELETE", path)).status).toBe(204);
  expect(await api.problem("DELETE", path)).toMatchObject({ status: 404, code: "dead-letter-not-found" });
  expect(await api.problem("GET", path)).toMatchObject({ status: 404, code: "dead-letter-not-found" });
});

it("GIVEN a filter WHEN it is redriven THEN a job does it, and can be read and listed", async () => {
  const api = await withDead({ body: { total: 5 } }, { body: { total: 50 }, tag: "t" });
  const started = await api.send("POST", `${DEAD}/redrive`, {
    filter: { "body.total": [{ numeric: [">", 9] }] },
  });
  const { job } = started.body as { job: { id: string } };
  expect(job).toEqual({
    id: expect.any(String) as string,
    state: "done",
    filter: { "body.total": [{ numeric: [">", 9] }] },
    ...{ total: 2, examined: 2, moved: 1, refused: 0, refusals: [] },
    startedAt: "2026-08-01T00:00:00.000Z",
    endedAt: "2026-08-01T00:00:00.000Z",
    expiresAt: "2026-08-15T00:00:00.000Z",
  });
  expect((await api.send("GET", `${DEAD}/jobs/${job.id}`)).body).toEqual(job);
  expect((await api.send("GET", `${DEAD}/jobs`)).body).toEqual({ items: [job] });
  expect(idsIn(await api.send("GET", DEAD))).toEqual([api.ids[0]]);
});

it("GIVEN a job that is running WHEN another is asked for THEN it is refused; a DELETE makes room", async () => {
  const api = await withDead({ body: 1 }, { body: 2 });
  const slow = await api.send("POST", `${DEAD}/redrive`, { all: true, ratePerSecond: 0.1 });
  const { job } = slow.body as { job: { id: string } };
  expect(job).toMatchObject({ state: "running", moved: 1, ratePerSecond: 0.1 });
  const problem = await api.problem("POST", `${DEAD}/redrive`, { all: true });
  expect(problem).toMatchObject({ status: 409, code: "redrive-running" });
  expect(problem.detail).toContain(job.id);
  const cancelled = await api.send("DELETE", `${DEAD}/jobs/${job.id}`);
  expect([cancelled.status, cancelled.body]).toMatchObject([200, { state: "cancelled", moved: 1 }]);
  const again = await api.send("POST", `${DEAD}/redrive`, { all: true });
  expect(again.body).toMatchObject({ job: { state: "done", moved: 1 } });
  expect(await api.problem("GET", `${DEAD}/jobs/none`)).toMatchObject({ status: 404, code: "job-not-found" });
});

it("GIVEN a dead letter that was sent again, and deleted WHEN its history is asked for THEN each is told", async () => {
  const api = await withDead({ body: 1 }, { body: 2 });
  const path = `${DEAD}/${api.ids[0]}`;
  expect((await api.send("GET", `${path}/history`)).body).toEqual({ items: [] });
  const { body } = await api.send("POST", `${DEAD}/redrive`, {
    filter: { body: { total: [{ exists: false }] } },
  });
  const { job } = body as { job: { id: string; moved: number } };
  expect(job.moved).toBe(2);
  const { messages } = (await api.send("POST", `${AUDIT}/receive`, {})).body as {
    messages: { receipt: string }[];
  };
  const results = messages.map(({ receipt }) => ({ receipt, outcome: "reject" }));
  await api.send("POST", `${AUDIT}/settle`, { results });
  await api.clock.advance(1_000);
  await api.send("DELETE", path);
  await api.send("POST", `${DEAD}/purge`);
  const at = "2026-08-01T00:00:01.000Z";
  const redriven = { act: "redriven", at: "2026-08-01T00:00:00.000Z", job: job.id };
  expect((await api.send("GET", `${path}/history`)).body).toEqual({
    items: [redriven, { act: "deleted", at }],
  });
  expect((await api.send("GET", `${DEAD}/${api.ids[1]}/history`)).body).toEqual({
    items: [redriven, { act: "purged", at }],
  });
  expect(await api.problem("GET", `${DEAD}/none/history`)).toMatchObject({ status: 404 });
});

it.each<[string, object, string]>([
  ["nothing", {}, "ids"],
  ["no ids", { ids: [] }, "ids"],
  ["ids and all", { ids: ["x"], all: true }, "all"],
  ["not all", { all: false }, "all"],
  ["a cursor with ids", { ids: ["x"], cursor: "x" }, "cursor"],
  ["a cursor for a job", { all: true, cursor: "x" }, "cursor"],
  ["a cursor from elsewhere", { all: true, dryRun: true, cursor: "x" }, "cursor"],
  ["a filter and all", { all: true, filter: { tag: ["t"] } }, "filter"],
  ["a filter and ids", { ids: ["x"], filter: { tag: ["t"] } }, "filter"],
  ["a filter that is none", { filter: { tag: "t" } }, "filter.tag"],
  ["a filter that is none, to try", { filter: { nothing: ["t"] }, dryRun: true }, "filter.nothing"],
  ["too low a rate", { all: true, ratePerSecond: 0 }, "ratePerSecond"],
  ["too high a rate", { all: true, ratePerSecond: 10_001 }, "ratePerSecond"],
  ["a mend at a rate", { ids: ["x"], body: 2, ratePerSecond: 1 }, "body"],
  ["a body for all", { all: true, body: 2 }, "body"],
  ["a body for two", { ids: ["x", "y"], body: 2 }, "body"],
  ["attributes for all", { all: true, attributes: { a: 1 } }, "attributes"],
  ["two bodies", { ids: ["x"], body: 2, bodyBase64: "AA==" }, "bodyBase64"],
  ["a type for JSON", { ids: ["x"], body: 2, contentType: "text/plain" }, "contentType"],
  ["attributes that cannot be", { ids: ["x"], attributes: { "a b": 1 } }, "attributes.a b"],
])("GIVEN %s to redrive WHEN it is asked for THEN it is refused, by its field", async (_what, body, path) => {
  const api = await withDead({ body: 1 });
  const problem = await api.problem("POST", `${DEAD}/redrive`, body);
  expect(problem).toMatchObject({ status: 400, code: "invalid-request" });
  expect(problem.errors?.map((error) => error.path.replace("query.", ""))).toContain(path);
  expect(idsIn(await api.send("GET", DEAD))).toEqual(api.ids);
});
