import { exportedOfCdk } from "../../scripts/cdk-api/read.js";
import { surfaceOfCdk } from "../../scripts/jsii/surface.js";

jest.setTimeout(120_000);

const surface = surfaceOfCdk();
const written = `${surface.index}\n${surface.implementation}`;

/** What is declared under a name: in the entry, in the part that a class is made of, and in what it extends. */
function declared(name: string): string {
  const starts = new RegExp(`^export (?:declare )?\\w+ ${name}(?:Implementation)? (.*)\\{`, "gm");
  const texts = [...written.matchAll(starts)].map((found) => {
    const [, above = ""] = /extends ([\w, ]+)/.exec(found[1] ?? "") ?? [];
    const inherited = above
      .split(", ")
      .filter((base) => !base.includes(".") && !base.endsWith("Implementation"));
    const own = written.slice(found.index, written.indexOf("\n}", found.index));
    return [own, ...inherited.filter((base) => base.trim() !== "").map((base) => declared(base.trim()))].join(
      "\n",
    );
  });
  return texts.join("\n");
}

/** Types that another one stands for, and what nobody but constructs takes. */
const OTHERWISE = ["StartAt", "StartPlace", "SigningSecret", "WatchedQueue", "DomainTarget", "FunctionName"];

it("GIVEN the constructs WHEN they are written for jsii THEN nothing is missing but what is named here", () => {
  const missing = exportedOfCdk()
    .filter(({ name }) => !OTHERWISE.includes(name))
    .flatMap(({ name, members }) => {
      const text = declared(name);
      if (text === "") return [name];
      return members
        .filter((one) => one.kind !== "constructor")
        .filter((one) => !new RegExp(`^  (?:static )?(?:readonly )?${one.name}\\b`, "m").test(text))
        .map((one) => `${name}.${one.name}`);
    });
  expect(missing.filter((one) => !surface.leftOut.includes(one))).toEqual([]);
  expect(surface.leftOut).toEqual([
    "ISluice.provisioned",
    "ISluice.targetPolicy",
    "Sluice.endpoint",
    "Sluice.functions",
    "Sluice.provisioned",
    "Sluice.targetPolicy",
  ]);
});

it("GIVEN types that TypeScript has alone WHEN they are written THEN none of them is left", () => {
  const code = written.replaceAll(/\/\*\*[\s\S]*?\*\//g, "");
  expect(code).not.toMatch(/\bunknown\b|\b(Omit|Pick|Partial|Readonly|Record)<|\| (?!undefined)/);
  expect(code).not.toMatch(/: readonly |\[[^\]:]+, /);
  expect(code).toContain("grantRequests(grantee: aws_iam.IGrantable, requests: string[][]): aws_iam.Grant;");
  expect(code).toContain("export enum EndpointAuth {");
  expect(code).toContain('ALL = "all"');
});

it("GIVEN a default and its docstring WHEN they are written THEN other languages have them, too", () => {
  expect(declared("TopicOptions")).toContain(
    "/** 1 to 256. May grow later if ordering is NONE. @default 16 */",
  );
  expect(declared("ITopic")).toContain("Allows `grantee` to publish over the API, to this topic only.");
});
