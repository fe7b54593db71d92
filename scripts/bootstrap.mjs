// Straight after a clone nothing is installed: this needs node alone, installs what is missing, and goes on.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const SCRIPTS = { test: "scripts/test.ts", start: "local/start.ts" };
const NODE_AT_LEAST = 20;

const [name, ...args] = process.argv.slice(2);
const script = SCRIPTS[name];
if (!script) fail(`no such script: ${name}`);
if (Number(process.versions.node.split(".")[0]) < NODE_AT_LEAST) {
  fail(`Node.js ${NODE_AT_LEAST} or newer is needed, this is ${process.versions.node}`);
}

const stamp = join(root, "node_modules", ".sluice-installed");
const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  console.log("Installing dependencies (once) ...");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: "inherit",
  });
  if (npm.status !== 0) fail("npm ci failed: see above");
  writeFileSync(stamp, lock);
}

const tsx = join(root, "node_modules", "tsx", "dist", "cli.mjs");
const child = spawnSync(process.execPath, [tsx, join(root, script), ...args], {
  cwd: root,
  stdio: "inherit",
});
process.exit(child.status ?? 1);

function fail(text) {
  console.error(text);
  process.exit(1);
}
