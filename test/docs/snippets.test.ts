import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../../local/paths.js";
import { type Page, allPages } from "./pages.js";

jest.setTimeout(120_000);

/** The package as it is here, under the names that users import it by. */
const PATHS = { "sluice-queue": ["./lib/client/index.ts"], "sluice-queue/cdk": ["./cdk/index.ts"] };

/** The modules of a page: a block that imports nothing goes on from the one before it. */
function modulesOf({ path, blocks }: Page): ReadonlyMap<string, string> {
  const modules = new Map<string, string>();
  let name = "";
  for (const { language, text, line } of blocks) {
    if (language !== "ts") continue;
    if (name === "" || text.startsWith("import "))
      name = join(ROOT, `${path.replaceAll("/", "-")}-${line}.ts`);
    modules.set(name, `${modules.get(name) ?? ""}${text}`);
  }
  return modules;
}

it("GIVEN every TypeScript snippet of the docs WHEN it is compiled THEN it has no error", async () => {
  const modules = new Map((await allPages()).flatMap((page) => [...modulesOf(page)]));
  expect(modules.size).toBeGreaterThan(5);
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (name) => ts.sys.readFile(name));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const compilerOptions: ts.CompilerOptions = { ...options, noEmit: true, incremental: false, paths: PATHS };
  compilerOptions.noUnusedLocals = false;
  compilerOptions.noUnusedParameters = false;
  const host = ts.createCompilerHost(compilerOptions);
  const plain = { ...host };
  host.fileExists = (name) => modules.has(name) || plain.fileExists(name);
  host.readFile = (name) => modules.get(name) ?? plain.readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = modules.get(name);
    return text === undefined
      ? plain.getSourceFile(name, version, ...rest)
      : ts.createSourceFile(name, text, version, true);
  };
  const program = ts.createProgram([...modules.keys()], compilerOptions, host);
  const found = [...modules.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  expect(ts.formatDiagnostics(found, { ...host, getNewLine: () => "\n" })).toBe("");
});
