import { ORDERS } from "../http/an-api.js";
import type { Ran } from "./a-terminal.js";
import { withSluice as withOne } from "./with-sluice.js";

const OF = ["orders", "audit"] as const;

const withSluice = (use: (sluice: (...line: readonly string[]) => Promise<Ran>) => Promise<void>) =>
  withOne(use, (api) => api.send("PUT", `${ORDERS}/subscriptions/billing`, { from: "earliest" }));

it("gets a message by its id, with its body as its publisher wrote it", async () => {
  await withSluice(async (sluice) => {
    const body = '{"total":12345678901234567890}';
    const id = (await sluice("publish", "orders", body, "--tag", "t")).stdout.trim();
    const shown = await sluice("get", id);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain("state: published\n");
    expect(shown.stdout).toContain("tag: t\n");
    expect(shown.stdout).toMatch(/\nbody: {"total":12345678901234567890}\n$/);
    const json = (await sluice("get", id, "--json")).stdout;
    expect(json).toContain(`"body":${body}}`);
    expect(JSON.parse(json)).toMatchObject({ id, topic: "orders", state: "published" });
  });
});

it("traces a message through its subscriptions, with its failed attempts", async () => {
  await withSluice(async (sluice) => {
    const id = (await sluice("publish", "orders", "1")).stdout.trim();
    const { messages } = JSON.parse((await sluice("receive", ...OF, "--json")).stdout) as {
      messages: { receipt: string }[];
    };
    await sluice("reject", ...OF, messages[0]?.receipt ?? "", "--error", "no customer");
    const { code, stdout } = await sluice("trace", id);
    expect(code).toBe(0);
    expect(stdout).toContain(`id: ${id}\n`);
    expect(stdout).toMatch(/\nSUBSCRIPTION +STATE +ATTEMPT +WAITS FOR +UNTIL +CONSUMER +LAST ERROR\n/);
    expect(stdout).toMatch(/\naudit +dead-letter +1 +- +\S+ +- +"no customer"\n/);
    expect(stdout).toMatch(/\nbilling +waiting +0 +turn +- +- +-\n/);
    expect(stdout).toMatch(
      /\nfailed attempts of audit:\n {2}\S+ {2}attempt 1 {2}rejected {2}"no customer"\n$/,
    );
    const traced = JSON.parse((await sluice("trace", id, "--json")).stdout) as object;
    expect(traced).toMatchObject({
      message: { id, state: "published" },
      items: [
        { subscription: "audit", state: "dead-letter" },
        { subscription: "billing", state: "waiting" },
      ],
    });
    const first = JSON.parse((await sluice("trace", id, "--json", "--limit", "1")).stdout) as object;
    expect(first).toMatchObject({ items: [{ subscription: "audit" }] });
    const alone = await sluice("trace", id, "--limit", "0");
    expect([alone.code, alone.stdout]).toEqual([0, expect.stringContaining(`id: ${id}\n`)]);
    expect(alone.stdout).not.toContain("SUBSCRIPTION");
  });
});

it("shows each attempt of a traced topic, with its time and how it ended", async () => {
  await withSluice(async (sluice) => {
    const changed = await sluice("topics", "update", "orders", "--trace", "attempts");
    expect(changed.stdout).toContain("trace: attempts\n");
    const id = (await sluice("publish", "orders", "1")).stdout.trim();
    const { messages } = JSON.parse((await sluice("receive", ...OF, "--json")).stdout) as {
      messages: { receipt: string }[];
    };
    expect((await sluice("ack", ...OF, messages[0]?.receipt ?? "")).code).toBe(0);
    const { stdout } = await sluice("trace", id);
    expect(stdout).toMatch(/\naudit +ended .*\n/);
    expect(stdout).toMatch(/\ndeliveries to audit:\n {2}\S+ {2}attempt 1 {2}done after \d+ ms\n$/);
    expect(stdout).not.toContain("deliveries to billing");
    const traced = JSON.parse((await sluice("trace", id, "--json")).stdout) as object;
    expect(traced).toMatchObject({
      items: [
        { deliveries: [{ attempt: 1, outcome: "done", durationMs: expect.any(Number) as number }] },
        {},
      ],
    });
  });
});

it("tells of a message that is nowhere, and fails", async () => {
  await withSluice(async (sluice) => {
    for (const command of ["get", "trace"]) {
      const ran = await sluice(command, "orders.uid.0.1");
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain("has no message");
    }
  });
});
