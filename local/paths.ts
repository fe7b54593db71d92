import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What set-up and runs leave behind, out of git's sight. */
export const WORK = join(ROOT, ".sluice");
