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
    expect(dry).toMatchObject({ code: 0, stdout: "2 dead letters would be sent again\n" });
    const some = await sluice("redrive", ...OF, first, "none");
    expect(some.code).toBe(1);
    expect(some.stdout).toMatch(/^none\tdead-letter-not-found: .*\n1 dead letters sent again\n$/);
    const all = await sluice("redrive", ...OF, "--all", "--json");
    expect(JSON.parse(all.stdout)).toEqual({ moved: 1, refused: [] });
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
    ];
    for (const line of wrong)
      expect(await sluice("redrive", ...OF, ...line)).toMatchObject({ code: 2, stdout: "" });
  });
});
