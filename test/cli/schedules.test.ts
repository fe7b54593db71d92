import { withSluice } from "./with-sluice.js";

it("sets a schedule, shows, lists, pauses, resumes, runs and deletes it", async () => {
  await withSluice(async (sluice) => {
    const set = await sluice("schedules", "set", "orders", "tick", "@daily", '{"n": 1.50}', "--tag", "t");
    expect(set.stdout).toContain('{"n": 1.50}');
    expect((await sluice("schedules", "list", "orders")).stdout).toBe(
      "tick\t@daily (UTC)\tnext 2026-08-02T00:00:00.000Z\tlast never\n",
    );
    await sluice("schedules", "pause", "orders", "tick");
    expect((await sluice("schedules", "list", "orders")).stdout).toContain("\tpaused\t");
    await sluice("schedules", "resume", "orders", "tick");
    const { id } = JSON.parse((await sluice("schedules", "run", "orders", "tick", "--json")).stdout) as {
      id: string;
    };
    const shown = JSON.parse((await sluice("schedules", "get", "orders", "tick", "--json")).stdout) as object;
    expect(shown).toMatchObject({ lastMessageId: id, message: { body: { n: 1.5 }, tag: "t" } });
    expect(await sluice("schedules", "delete", "orders", "tick")).toMatchObject({
      code: 0,
      stdout: "deleted tick\n",
    });
    expect((await sluice("schedules", "get", "orders", "tick")).code).toBe(1);
  });
});

it("says what is wrong with an expression", async () => {
  await withSluice(async (sluice) => {
    const refused = await sluice("schedules", "set", "orders", "tick", "* * * * * *", "1");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("cron: must have five fields");
  });
});
