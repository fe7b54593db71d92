import { withSluice } from "./with-sluice.js";

it("publishes later, shows what is scheduled, soonest first, and cancels it", async () => {
  await withSluice(async (sluice) => {
    const late = (await sluice("publish", "orders", "1", "--delay", "3600", "--key", "k")).stdout.trim();
    const soon = await sluice(
      "publish",
      "orders",
      "2",
      "--deliver-at",
      "2026-08-01T01:30:00+01:00",
      "--json",
    );
    const { id, deliverAt } = JSON.parse(soon.stdout) as { id: string; deliverAt: string };
    expect(deliverAt).toBe("2026-08-01T00:30:00.000Z");
    expect((await sluice("scheduled", "orders")).stdout.split("\n")).toEqual([
      `2026-08-01T00:30:00.000Z\t${id}`,
      `2026-08-01T01:00:00.000Z\t${late}\tkey k`,
      "",
    ]);
    expect(await sluice("cancel", id)).toMatchObject({ code: 0, stdout: `${id}\tcancelled\n` });
    const { items } = JSON.parse((await sluice("scheduled", "orders", "--json")).stdout) as {
      items: unknown[];
    };
    expect(items).toMatchObject([{ id: late, key: "k" }]);
  });
});

it("says which could not be cancelled, and why, and fails", async () => {
  await withSluice(async (sluice) => {
    const published = (await sluice("publish", "orders", "1")).stdout.trim();
    const delayed = (await sluice("publish", "orders", "1", "--delay", "60")).stdout.trim();
    const ran = await sluice("cancel", published, delayed, "--json");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("1 of 2 could not be cancelled");
    expect(JSON.parse(ran.stdout)).toMatchObject({
      results: [
        { id: published, error: { code: "already-published" } },
        { id: delayed, status: "cancelled" },
      ],
    });
  });
});

it.each([
  ["--delay", "soon"],
  ["--deliver-at", "2026-08-01T01:30:00"],
  ["--deliver-at", "tomorrow"],
])("refuses %s %s before anything is sent", async (option, value) => {
  await withSluice(async (sluice) => {
    expect((await sluice("publish", "orders", "1", option, value)).code).toBe(2);
  });
});
