import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../local/paths.js";
import { importCycles } from "./import-cycles.js";
import { withoutTwin } from "./twins.js";

const FOLDERS = ["bench", "cdk", "cli", "examples", "lambdas", "lib", "local", "scripts", "test"];

const paths = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => `${folder}/${path}`),
);
const sources = new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));
const faults = [
  ...importCycles(sources).map((cycle) => `these import each other: ${cycle.join(" -> ")}`),
  ...withoutTwin(sources).map((path) => `has no test of the same path: ${path}`),
];
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
