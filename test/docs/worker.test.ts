import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../local/paths.js";
import { allPages } from "./pages.js";

const LINES = 16;

it("GIVEN the worker of the examples WHEN the docs show one THEN it is the same, and it is short", async () => {
  const worker = await readFile(join(ROOT, "examples", "worker", "worker.mjs"), "utf8");
  const page = (await allPages()).find(({ path }) => path === "docs/features/consumer.md");
  expect(page?.blocks.find(({ language }) => language === "js")?.text).toBe(worker);
  expect(worker.trim().split("\n").length).toBeLessThanOrEqual(LINES);
});
