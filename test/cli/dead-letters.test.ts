import { listen } from "../../cli/dev/listen.js";
import { createApp } from "../../lib/http/app.js";
import { type Api, AUDIT, ORDERS, anApiWithTopic } from "../http/an-api.js";
import { type Ran, aTerminal } from "./a-terminal.js";

const OF = ["orders", "audit"] as const;

/** Runs command lines against an API with dead letters of these bodies. */
async function withDead(
  bodies: readonly string[],
  use: (
    sluice: (...line: readonly string[]) => Promise<Ran>,
    ids: readonly string[],
    api: Api,
  ) => Promise<void>,
): Promise<void> {
  const api = await anApiWithTopic();
  await api.send("PATCH", AUDIT, { retry: { maxAttempts: 1 } });
  const ids: string[] = [];
  for (const body of bodies) {
    const published = await api.send("POST", `${ORDERS}/messages`, `{"messages":[{"body":${body}}]}`);
    ids.push(...(published.body as { messages: { id: string }[] }).messages.map(({ id }) => id));
    const { messages } = (await api.send("POST", `${AUDIT}/receive`, {})).body as {
      messages: { receipt: string }[];
    };
    const results = messages.map(({ receipt }) => ({ receipt, outcome: "retry", error: "no" }));
    await api.send("POST", `${AUDIT}/settle`, { results });
  }
  const server = await listen(createApp(api.engine), 0);
  try {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
    await use(sluice, ids, api);
  } finally {
    await server.close();
  }
}

it("lists, shows and deletes dead letters, their bodies as they were published", async () => {
  await withDead(["12345678901234567890", "2"], async (sluice, ids) => {
    const listed = await sluice("dead-letters", "list", ...OF);
    expect(
      listed.stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t")[0]),
    ).toEqual(ids);
    const [first = "", second = ""] = ids;
    const shown = await sluice("dead-letters", "get", ...OF, first);
    expect(shown.stdout).toContain(`id: ${first}\n`);
    expect(shown.stdout).toContain("\nbody: 12345678901234567890\n");
    expect(shown.stdout).toContain('\nattempts:\n  2026-08-01T00:00:00.000Z  attempt 1  failed  "no"\nbody');
    const json = await sluice("dead-letters", "get", ...OF, first, "--json");
    expect(json.stdout).toMatch(/,"body":12345678901234567890\}\n$/);
    expect((await sluice("dead-letters", "delete", ...OF, second)).code).toBe(0);
    const left = await sluice("dead-letters", "list", ...OF, "--json");
    expect((JSON.parse(left.stdout) as { items: object[] }).items).toMatchObject([
      { id: first, error: "no" },
    ]);
    expect(await sluice("dead-letters", "purge", ...OF)).toMatchObject({
      stdout: "deleted 1 dead letters\n",
    });
  });
});

it("rejects what no other attempt will help", async () => {
  await withDead([], async (sluice) => {
    for (const body of ["1", "2"]) await sluice("publish", "orders", body);
    const { stdout } = await sluice("receive", ...OF, "--json");
    const { messages } = JSON.parse(stdout) as { messages: { receipt: string }[] };
    const receipts = messages.map(({ receipt }) => receipt);
    const rejected = await sluice("reject", ...OF, ...receipts, "--error", "no customer");
    expect(rejected).toMatchObject({ code: 0, stdout: "ok\nok\n" });
    const listed = await sluice("dead-letters", "list", ...OF);
    expect(listed.stdout).toMatch(/^(\S+\t\S+\tattempt 1, rejected\t"no customer"\n){2}$/);
    expect((await sluice("reject", ...OF, receipts[0] ?? "")).code).toBe(1);
  });
});

it("redrives all, or those that are named; some that cannot be are told, and the command fails", async () => {
  await withDead(["1", "2"], async (sluice, [first = ""]) => {
    const dry = await sluice("redrive", ...OF, "--all", "--dry-run");
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/^(\S+\t\S+\n){2}2 dead letters would be sent again\n$/);
    const some = await sluice("redrive", ...OF, first, "none");
    expect(some.code).toBe(1);
    expect(some.stdout).toMatch(/^none\tdead-letter-not-found: .*\n1 dead letters sent again\n$/);
    const all = await sluice("redrive", ...OF, "--all", "--json");
    expect(JSON.parse(all.stdout)).toMatchObject({ job: { state: "done", moved: 1, refused: 0 } });
  });
});

it("mends one as it is sent again", async () => {
  await withDead(['{"total":1}'], async (sluice, [id = ""]) => {
    const mend = ["--body", '{"total":12345678901234567890}', "--attribute", "by=ada"];
    const sent = await sluice("redrive", ...OF, id, ...mend);
    expect(sent).toMatchObject({ code: 0, stdout: "1 dead letters sent again\n" });
    const received = await sluice("receive", ...OF, "--json");
    expect(received.stdout).toContain('{"total":12345678901234567890}');
    expect(received.stdout).toContain('"attributes":{"by":"ada"}');
  });
});

it("is told what to redrive, one way or the other", async () => {
  await withDead(["1"], async (sluice, [id = ""]) => {
    const wrong = [
      [],
      [id, "--all"],
      ["--all", "--body", "1"],
      [id, "x", "--attribute", "a=1"],
      [id, "--body", "{"],
      [id, "--filter", "{}"],
      ["--filter", "{"],
      ["--all", "--rate", "fast"],
      [id, "--rate", "1", "--body", "1"],
    ];
    for (const line of wrong)
      expect(await sluice("redrive", ...OF, ...line)).toMatchObject({ code: 2, stdout: "" });
  });
});

it("starts a job that matches a filter at a rate, shows, waits for and cancels it", async () => {
  await withDead(['{"n":1}', '{"n":2}', '{"n":3}'], async (sluice, ids) => {
    const filter = ["--filter", '{"body.n": [{"numeric": ["<", 3]}]}'];
    const dry = await sluice("redrive", ...OF, ...filter, "--dry-run");
    expect(dry.stdout).toContain("2 dead letters would be sent again\n");
    const started = await sluice("redrive", ...OF, ...filter, "--rate", "0.1", "--json");
    const { job } = JSON.parse(started.stdout) as { job: { id: string } };
    expect(job).toMatchObject({ state: "running", moved: 1 });
    const running = await sluice("redrive", ...OF, "--all");
    expect(running.code).toBe(1);
    expect(running.stderr).toContain(job.id);
    const shown = await sluice("jobs", "get", ...OF, job.id);
    expect(shown.stdout).toContain("state: running\n");
    const cancelled = await sluice("jobs", "cancel", ...OF, job.id);
    expect(cancelled).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("\tcancelled\t1 dead") as string,
    });
    const all = await sluice("redrive", ...OF, "--all", "--wait");
    expect(all).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("\tdone\t2 dead letters") as string,
    });
    const listed = await sluice("jobs", "list", ...OF);
    expect(listed.stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(ids).toHaveLength(3);
  });
});
