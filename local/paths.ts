import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Holds what set-up and runs leave behind; git ignores it. */
export const WORK = join(ROOT, ".sluice");
