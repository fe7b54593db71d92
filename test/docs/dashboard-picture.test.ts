import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../local/paths.js";
import { dashboardPicture } from "./dashboard/draw.js";
import { dashboardWidgets } from "./dashboard/widgets.js";
import { anApp } from "../cdk/a-sluice.js";

const PICTURE = join(ROOT, "docs", "dashboard.svg");

it("GIVEN the dashboard's construct WHEN its picture is drawn THEN it is the one that is there", async () => {
  const picture = dashboardPicture(dashboardWidgets(anApp()));
  // If not: npm run docs:dashboard
  if (process.env["DRAW_DASHBOARD"]) await writeFile(PICTURE, picture);
  expect(await readFile(PICTURE, "utf8")).toBe(picture);
});
