import { withSluice } from "./with-sluice.js";

it("erases messages for good, and only where that is meant", async () => {
  await withSluice(async (sluice) => {
    const id = (await sluice("publish", "orders", '{"email":"ada"}')).stdout.trim();
    const asked = await sluice("erase", id);
    expect(asked).toMatchObject({ code: 2, stdout: "" });
    expect(asked.stderr).toContain("--yes");
    expect((await sluice("get", id)).stdout).toContain("ada");
    expect(await sluice("erase", id, "--yes")).toMatchObject({ code: 0, stdout: `${id}\terased\n` });
    const found = await sluice("get", id);
    expect(found.stdout).toContain("state: erased");
    expect(found.stdout).not.toContain("ada");
  });
});

it("says which could not be erased, and why, and fails", async () => {
  await withSluice(async (sluice) => {
    const id = (await sluice("publish", "orders", "1")).stdout.trim();
    const ran = await sluice("erase", "orders.nobody.0.1", id, "--yes", "--json");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("1 of 2 could not be erased");
    expect(JSON.parse(ran.stdout)).toMatchObject({
      results: [{ error: { code: "message-not-found" } }, { id, status: "erased" }],
    });
  });
});
