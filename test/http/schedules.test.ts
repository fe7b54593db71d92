import { ORDERS, START_MS, anApiWithTopic } from "./an-api.js";

const SCHEDULES = `${ORDERS}/schedules`;
const TICK = `${SCHEDULES}/tick`;
const daily = { cron: "30 2 * * *", timeZone: "Europe/Berlin", message: { body: { report: 1 }, tag: "t" } };

describe("schedules over HTTP", () => {
  it("GIVEN a schedule WHEN it is put, read and listed THEN it is as it was sent, with its next run", async () => {
    const api = await anApiWithTopic();
    const put = await api.send("PUT", TICK, daily);
    expect(put.status).toBe(201);
    expect(put.body).toMatchObject({
      ...{ name: "tick", topic: "orders", cron: "30 2 * * *", timeZone: "Europe/Berlin", paused: false },
      message: { contentType: "application/json", body: { report: 1 }, tag: "t" },
    });
    const { nextRunAt } = put.body as { nextRunAt: string };
    expect(Date.parse(nextRunAt)).toBeGreaterThan(START_MS);
    expect((await api.send("GET", TICK)).body).toEqual(put.body);
    expect((await api.send("PUT", TICK, daily)).status).toBe(200);
    const { items } = (await api.send("GET", SCHEDULES)).body as { items: object[] };
    expect(items).toMatchObject([{ name: "tick", nextRunAt }]);
    expect(items[0]).not.toHaveProperty("message");
  });

  it("GIVEN a schedule WHEN it is paused, run, and deleted THEN each says so", async () => {
    const api = await anApiWithTopic();
    await api.send("PUT", TICK, daily);
    const paused = (await api.send("PATCH", TICK, { paused: true })).body;
    expect(paused).toMatchObject({ paused: true });
    expect(paused).not.toHaveProperty("nextRunAt");
    const headers = { "idempotency-key": "once" };
    const ran = (await api.send("POST", `${TICK}/run`, undefined, headers)).body;
    expect(ran).toEqual({ id: expect.stringMatching(/^orders\./), publishedAt: expect.any(String) });
    expect((await api.send("POST", `${TICK}/run`, undefined, headers)).body).toEqual(ran);
    expect((await api.send("GET", TICK)).body).toMatchObject({ lastMessageId: (ran as { id: string }).id });
    expect((await api.send("DELETE", TICK)).status).toBe(204);
    expect(await api.problem("GET", TICK)).toMatchObject({ status: 404, code: "schedule-not-found" });
  });

  it.each([
    [{ ...daily, cron: "* * * * * *" }, "cron"],
    [{ ...daily, cron: "0 0 30 2 *" }, "cron"],
    [{ ...daily, timeZone: "Mars/Olympus" }, "timeZone"],
    [{ ...daily, message: {} }, "message.body"],
    [{ ...daily, message: { body: 1, delaySeconds: 5 } }, "message.delaySeconds"],
    [{ ...daily, message: { body: 1, dedupId: "d" } }, "message.dedupId"],
    [{ cron: "@daily" }, "message"],
  ])("GIVEN %j WHEN it is put THEN it is refused with the place: %s", async (body, path) => {
    const api = await anApiWithTopic();
    const problem = await api.problem("PUT", TICK, body);
    expect(problem).toMatchObject({ status: 400, code: "invalid-request" });
    expect(JSON.stringify(problem)).toContain(`"${path}"`);
  });

  it("GIVEN a body with digits that a double cannot hold WHEN it is read and run THEN none is lost", async () => {
    const api = await anApiWithTopic();
    const text = '{"cron":"@daily","message":{"body":{"n":12345678901234567890.50}}}';
    await api.send("PUT", TICK, text, { "content-type": "application/json" });
    const { text: read } = await api.send("GET", TICK);
    expect(read).toContain('"body":{"n":12345678901234567890.50}');
  });
});
