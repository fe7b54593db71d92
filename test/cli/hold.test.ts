import { listen } from "../../cli/dev/listen.js";
import { createApp } from "../../lib/http/app.js";
import { anApi } from "../http/an-api.js";
import { aTerminal } from "./a-terminal.js";

it("GIVEN a key that holds WHEN it is looked at, and let go THEN each command says and does so", async () => {
  const server = await listen(createApp(anApi().engine), 0);
  try {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
    const wide = await sluice("subscriptions", "create", "none", "ledger", "--on-dead-letter", "keep");
    expect([wide.code, wide.stderr]).toEqual([2, expect.stringContaining('must be "release" or "hold"')]);
    await sluice("topics", "create", "accounts", "--ordering", "key", "--partitions", "1");
    const hold = ["--on-dead-letter", "hold"] as const;
    const made = await sluice("subscriptions", "create", "accounts", "ledger", ...hold, "--json");
    expect(JSON.parse(made.stdout)).toMatchObject({ deadLetter: { onDeadLetter: "hold" } });
    const first = JSON.parse((await sluice("publish", "accounts", "1", "--key", "a", "--json")).stdout) as {
      id: string;
    };
    const second = (await sluice("publish", "accounts", "2", "--key", "a")).stdout.trim();
    await sluice("settle", "accounts", "ledger", first.id, "--outcome", "reject", "--error", "no account");
    await sluice("publish", "accounts", "3", "--key", "b");
    const received = (await sluice("receive", "accounts", "ledger", "--ack")).stdout;
    expect([received.includes("key b"), received.includes("key a")]).toEqual([true, false]);
    const { stdout } = await sluice("stuck", "accounts", "ledger");
    expect(stdout.split("\n")[1]).toMatch(/a +held +0 +dead-letter .*"no account"/);
    expect(stdout.split("\n")[2]).toMatch(
      new RegExp(`a +held +0 +dead-letter +\\S+ +- +behind ${first.id}$`),
    );
    expect((await sluice("trace", second)).stdout).toContain(`behind ${first.id}\n`);
    const doctor = await sluice("doctor", "accounts", "--json");
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain("1 key is held by a dead letter");
    await sluice("subscriptions", "update", "accounts", "ledger", "--on-dead-letter", "release");
    expect((await sluice("receive", "accounts", "ledger", "--ack")).stdout).toContain("key a\t2");
  } finally {
    await server.close();
  }
});
