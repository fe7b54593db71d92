import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../../local/paths.js";
import { UserError } from "../../local/user-error.js";
import { AS_COMMONJS } from "../commonjs.js";
import { type Surface, surfaceOfCdk } from "./surface.js";

/** The oldest release of the CDK that works, and that PyPI, Maven, NuGet and Go have as well. */
export const CDK_AT_LEAST = "2.275.0";

/** What each registry calls it. Go needs the address of the repository that its files are published in. */
const TARGETS = {
  python: { distName: "sluice-queue-cdk", module: "sluice_queue_cdk" },
  java: { package: "sluicequeue.cdk", maven: { groupId: "sluicequeue", artifactId: "cdk" } },
  dotnet: { namespace: "SluiceQueue.Cdk", packageId: "SluiceQueue.Cdk" },
  go: { moduleName: "example.invalid/sluice-queue-go", packageName: "sluicequeue" },
};
/** jsii asks for them; a fork that publishes names its own in package.json. */
const UNKNOWN = {
  author: { name: "Sluice" },
  repository: { type: "git", url: "https://example.invalid/sluice-queue.git" },
};
const README = `# The constructs of Sluice

A serverless message queue in your own AWS account, as constructs of the AWS CDK. They run on Node.js, which \`jsii\`
starts. Sluice's own documentation says what they do, and has an example in docs/languages.md.
`;

interface PackageJson {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly keywords: readonly string[];
  readonly peerDependencies: { readonly constructs: string };
  readonly author?: object;
  readonly repository?: object;
}

/**
 * Writes the package that jsii compiles: the constructs as other languages see them, the constructs' own code in one
 * file with all that it needs but the CDK, and the functions' bundles, which \`npm run build\` has made.
 */
export async function writePackage(folder: string): Promise<void> {
  const functions = join(ROOT, "dist", "functions");
  const surface = surfaceOfCdk();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files = {
    "package.json": await packageJson(),
    "README.md": README,
    "index.ts": surface.index,
    "implementation.d.ts": surface.implementation,
    "implementation.js": implementation(surface),
    "start-at.ts": await readFile(join(ROOT, "scripts", "jsii", "start-at.ts"), "utf8"),
    LICENSE: await readFile(join(ROOT, "LICENSE"), "utf8"),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await build({
    ...AS_COMMONJS,
    absWorkingDir: ROOT,
    entryPoints: ["cdk/index.ts"],
    outfile: join(folder, "dist", "commonjs", "cdk", "index.js"),
    external: ["aws-cdk-lib", "constructs"],
  });
  await cp(functions, join(folder, "dist", "functions"), { recursive: true }).catch((error: unknown) => {
    throw new UserError(
      `no bundles of functions in ${functions}: \`npm run build\` makes them (${String(error)})`,
    );
  });
}

async function packageJson(): Promise<string> {
  const own = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as PackageJson;
  const { version, description, license, keywords, author, repository, peerDependencies } = own;
  const constructs = peerDependencies.constructs;
  const written = {
    name: "sluice-queue-cdk",
    ...{ version, description, license, keywords },
    author: author ?? UNKNOWN.author,
    repository: repository ?? UNKNOWN.repository,
    main: "index.js",
    types: "index.d.ts",
    files: [".jsii", "dist", "*.js", "*.d.ts"],
    peerDependencies: { "aws-cdk-lib": `^${CDK_AT_LEAST}`, constructs },
    devDependencies: { "aws-cdk-lib": CDK_AT_LEAST, constructs: constructs.replace("^", "") },
    jsii: { outdir: "packed", targets: TARGETS },
  };
  return JSON.stringify(written, undefined, 2);
}

/**
 * Classes that jsii does not name are blended into those that it does. What constructs make by themselves are objects
 * of the former: the mark by which jsii knows a class makes them known, too.
 */
const implementation = ({ classes }: Surface): string => `"use strict";
const constructs = require("./dist/commonjs/cdk/index.js");
for (const name of ${JSON.stringify(classes)}) exports[name + "Implementation"] = constructs[name];
const MARK = Symbol.for("jsii.rtti");
exports.namedAs = (classes) => {
  for (const [name, { [MARK]: value }] of Object.entries(classes))
    Object.defineProperty(constructs[name], MARK, { value });
};
`;
