// Runs right after a clone, when nothing is installed: needs only Node, installs what is missing, and runs the script.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const SCRIPTS = { check: "scripts/check.ts", test: "scripts/test.ts", start: "local/start.ts" };
const NODE_AT_LEAST = [20, 9]; // the lint tools need it

const [name, ...args] = process.argv.slice(2);
const script = SCRIPTS[name];
if (!script) fail(`no such script: ${name}`);
if (!existsSync(join(root, script))) fail(`${script} is missing`);
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < NODE_AT_LEAST[0] || (major === NODE_AT_LEAST[0] && minor < NODE_AT_LEAST[1])) {
  fail(`Node.js ${NODE_AT_LEAST.join(".")} or newer is needed, this is ${process.versions.node}`);
}

const lockFile = join(root, "package-lock.json");
const stamp = join(root, "node_modules", ".sluice-installed");
const lock = createHash("sha256").update(readFileSync(lockFile)).digest("hex");

/** Compares our stamp, or, if npm was run by hand, the age of the file that npm itself writes. */
function isInstalled() {
  if (existsSync(stamp)) return readFileSync(stamp, "utf8") === lock;
  const npmsOwn = join(root, "node_modules", ".package-lock.json");
  return existsSync(npmsOwn) && statSync(npmsOwn).mtimeMs >= statSync(lockFile).mtimeMs;
}

if (!isInstalled()) {
  console.log("Installing dependencies (once, about half a minute) ...");
  const install = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = spawnSync("npm", install, { cwd: root, stdio: "inherit" });
  if (npm.error) fail(`npm cannot be started: ${npm.error.message}`);
  if (npm.status !== 0) fail("npm ci failed: see above");
  writeFileSync(stamp, lock);
}

// Runs in this process, so that signals reach the script itself and no process in between can die first.
process.chdir(root);
process.argv = [process.execPath, join(root, script), ...args];
process.setSourceMapsEnabled(true);
const { register } = await import("tsx/esm/api");
register();
await import(pathToFileURL(join(root, script)).href);

function fail(text) {
  console.error(text);
  process.exit(1);
}
