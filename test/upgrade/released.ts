import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { ROOT, WORK } from "../../local/paths.js";

/**
 * The release before this one, kept in the repository, since a clone need not have its tag. `npm run release:fixture`
 * makes it of a commit, and checks that it is what that commit makes.
 */
export interface Released {
  readonly version: string;
  /** What it was made of. */
  readonly commit: string;
  /** What the package has and a deployment needs: the functions' bundles, the constructs, the client. */
  readonly files: Readonly<Record<string, string>>;
  /** What its constructs make of the stack of a-stack.ts. */
  readonly template: TemplateJson;
}

export interface TemplateJson {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

export const RELEASED_FILE = join(ROOT, "test", "upgrade", "released.json.br");

export const released = (): Released =>
  JSON.parse(brotliDecompressSync(readFileSync(RELEASED_FILE)).toString("utf8")) as Released;

/** Puts its files where the dependencies of this project are found; several tests may ask at once. */
export async function unpackReleased({
  files,
  version,
}: Pick<Released, "files" | "version">): Promise<string> {
  const sum = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);
  const folder = join(WORK, `released-${version}-${sum}`);
  if (existsSync(folder)) return folder;
  await mkdir(WORK, { recursive: true });
  const fresh = await mkdtemp(`${folder}-`);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(fresh, path)), { recursive: true });
    await writeFile(join(fresh, path), text);
  }
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true }));
  return folder;
}
