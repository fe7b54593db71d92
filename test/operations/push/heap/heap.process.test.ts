import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
/** The pump's function (cdk/functions.ts), and the heap that Lambda gives node in it. */
const MEMORY_MB = 512;
const HEAP_MB = 460;

it("delivers 640 JSON bodies of 0.94 MB, 32 at once, in the memory of its function", async () => {
  const { stdout } = await run(process.execPath, [
    "--import",
    "tsx",
    `--max-old-space-size=${HEAP_MB}`,
    "test/operations/push/heap/pump-process.ts",
    ...[640, MEMORY_MB, 32].map(String),
  ]);
  const { delivered, rssMb, heldBytes } = JSON.parse(stdout) as Record<string, number>;
  expect(delivered).toBe(640);
  expect(rssMb).toBeLessThan(MEMORY_MB);
  expect(heldBytes).toBe(0);
}, 400_000);
