import { listen } from "../../cli/dev/listen.js";
import { createApp } from "../../lib/http/app.js";
import { AUDIT, ORDERS, anApiWithTopic } from "../http/an-api.js";
import { type Ran, aTerminal } from "./a-terminal.js";

/** Of three messages one failed, one is leased, and one waits. */
async function withStuck(
  use: (
    stuck: (...line: readonly string[]) => Promise<Ran>,
    ids: readonly string[],
    sluice: (...line: readonly string[]) => Promise<Ran>,
  ) => Promise<void>,
): Promise<void> {
  const api = await anApiWithTopic();
  const published = await api.send("POST", `${ORDERS}/messages`, {
    messages: [{ body: 1, key: "k" }, { body: 2 }, { body: 3 }],
  });
  const ids = (published.body as { messages: { id: string }[] }).messages.map(({ id }) => id);
  const { messages } = (await api.send("POST", `${AUDIT}/receive`, { maxMessages: 2, consumer: "worker-7" }))
    .body as {
    messages: { receipt: string }[];
  };
  const failed = { receipt: messages[0]?.receipt, outcome: "retry", delaySeconds: 60, error: "no customer" };
  await api.send("POST", `${AUDIT}/settle`, { results: [failed] });
  const server = await listen(createApp(api.engine), 0);
  try {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
    await use((...line) => sluice("stuck", "orders", "audit", ...line), ids, sluice);
  } finally {
    await server.close();
  }
}

const rows = ({ stdout }: Ran): readonly (readonly string[])[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/));

it("shows what is retrying, then what is leased, under each other, with why and until when", async () => {
  await withStuck(async (sluice, [failed, leased, waiting]) => {
    expect(rows(await sluice())).toEqual([
      ["ID", "KEY", "STATE", "ATTEMPT", "WAITS FOR", "UNTIL", "CONSUMER", "LAST ERROR"],
      [failed, "k", "retrying", "1", "retry", "2026-08-01T00:01:00.000Z", "-", '"no customer"'],
      [leased, "-", "leased", "1", "consumer", "2026-08-01T00:00:30.000Z", "worker-7", "-"],
    ]);
    expect(rows(await sluice("--key", "k", "--min-attempts", "1", "--error", "cust"))).toHaveLength(2);
    expect((await sluice("--min-attempts", "2")).stdout).toBe("");
    expect(rows(await sluice("--state", "waiting")).slice(1)).toEqual([
      [waiting, "-", "waiting", "0", "turn", "-", "-", "-"],
    ]);
    expect(JSON.parse((await sluice("--json")).stdout)).toMatchObject({
      items: [
        { id: failed, lastError: "no customer" },
        { id: leased, waitsFor: "consumer" },
      ],
    });
    expect(rows(await sluice("--limit", "1", "--state", "leased"))).toHaveLength(2);
  });
});

it("says so where there is nothing, and refuses a state that it does not know", async () => {
  await withStuck(async (sluice) => {
    expect(await sluice("--state", "retrying", "--limit", "0")).toMatchObject({ code: 0, stdout: "" });
    const wrong = await sluice("--state", "dead");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('must be "held", "retrying", "parked", "leased" or "waiting"');
  });
});

it("settles messages by id, tells each how it went, and refuses what goes together with nothing", async () => {
  await withStuck(async (_, [failed = "", leased = ""], sluice) => {
    const settle = (...line: readonly string[]) => sluice("settle", "orders", "audit", ...line);
    expect(
      await settle(failed, "--outcome", "retry", "--delay-seconds", "5", "--error", "again"),
    ).toMatchObject({
      code: 0,
      stdout: `${failed}\tok\n`,
    });
    const both = await settle(leased, "nothing", "--outcome", "ack");
    expect(both.code).toBe(1);
    expect(both.stdout).toContain(`${leased}\tok\nnothing\tmessage-not-found: `);
    const json = await settle(leased, "--outcome", "ack", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      results: [{ id: leased, error: { code: "message-not-open" } }],
    });
    for (const wrong of [[], ["--outcome", "extend"], ["--outcome", "ack", "--error", "x"]])
      expect((await settle(failed, ...wrong)).code).toBe(2);
  });
});
