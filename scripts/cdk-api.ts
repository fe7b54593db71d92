import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../local/paths.js";
import { cdkApiPage, withTexts } from "./cdk-api/page.js";
import { exportedOfCdk } from "./cdk-api/read.js";

await writeFile(join(ROOT, "docs", "cdk-api.md"), cdkApiPage(withTexts(exportedOfCdk())));
