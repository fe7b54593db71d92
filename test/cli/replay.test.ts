import { listen } from "../../cli/dev/listen.js";
import { createApp } from "../../lib/http/app.js";
import { AUDIT, ORDERS, anApiWithTopic } from "../http/an-api.js";
import { type Ran, aTerminal } from "./a-terminal.js";

const OF = ["orders", "audit"] as const;

/** Runs command lines against an API with three messages that are done. */
async function withDone(use: (sluice: (...line: readonly string[]) => Promise<Ran>) => Promise<void>) {
  const api = await anApiWithTopic();
  const messages = [1, 2, 3].map((n) => ({ body: { n }, businessKey: `b${n}` }));
  await api.send("POST", `${ORDERS}/messages`, { messages });
  const { body } = await api.send("POST", `${AUDIT}/receive`, {});
  const received = (body as { messages: { receipt: string }[] }).messages;
  const results = received.map(({ receipt }) => ({ receipt, outcome: "ack" }));
  await api.send("POST", `${AUDIT}/settle`, { results });
  const server = await listen(createApp(api.engine), 0);
  try {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
    await use(sluice);
  } finally {
    await server.close();
  }
}

it("tells what would come, has it come, and waits for the end", async () => {
  await withDone(async (sluice) => {
    const filter = ["--filter", '{"body.n": [{"numeric": ["<", 3]}]}'];
    const dry = await sluice("replay", ...OF, "--from", "earliest", ...filter, "--dry-run");
    expect(dry).toMatchObject({ code: 0, stdout: "2 messages would be delivered again, of 3 read\n" });
    const done = await sluice("replay", ...OF, "--from", "earliest", ...filter, "--wait");
    expect(done.stdout).toContain("\tdone\t2 messages delivered again, of 3 read up to 2026-08-01T");
    const one = await sluice("replay", ...OF, "--from", "earliest", "--business-key", "b3", "--json");
    expect(JSON.parse(one.stdout)).toMatchObject({ job: { state: "done", moved: 1, businessKey: "b3" } });
    const received = await sluice("receive", ...OF, "--json");
    expect((JSON.parse(received.stdout) as { messages: unknown[] }).messages).toHaveLength(3);
  });
});

it("starts one at a rate, shows and cancels it", async () => {
  await withDone(async (sluice) => {
    const started = await sluice("replay", ...OF, "--from", "earliest", "--rate", "0.1", "--json");
    const { job } = JSON.parse(started.stdout) as { job: { id: string } };
    expect(job).toMatchObject({ state: "running", moved: 1 });
    const another = await sluice("replay", ...OF, "--from", "earliest");
    expect(another.code).toBe(1);
    expect(another.stderr).toContain(job.id);
    const shown = await sluice("jobs", "get", ...OF, job.id, "--replay");
    expect(shown.stdout).toContain("state: running\n");
    const cancelled = await sluice("jobs", "cancel", ...OF, job.id, "--replay");
    expect(cancelled.stdout).toContain("\tcancelled\t1 messages delivered again");
    const listed = await sluice("jobs", "list", ...OF, "--replay");
    expect(listed.stdout.trimEnd().split("\n")).toHaveLength(1);
    const redrives = await sluice("jobs", "list", ...OF);
    expect(redrives.stdout.trim()).toBe("");
  });
});

it("says what is missing or wrong", async () => {
  await withDone(async (sluice) => {
    for (const wrong of [[], ["--from", "latest"], ["--from", "earliest", "--to", "latest"]])
      expect(await sluice("replay", ...OF, ...wrong)).toMatchObject({ code: 2, stdout: "" });
  });
});
