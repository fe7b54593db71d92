import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../../local/paths.js";

const ENTRY = join(ROOT, "cdk", "index.ts");

/** What `sluice-queue/cdk` exports, by the names that it has there, and who tells of its types. */
export function programOfCdk(): {
  readonly checker: ts.TypeChecker;
  readonly exported: readonly ts.Symbol[];
} {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path)) as {
    readonly config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram([ENTRY], options);
  const checker = program.getTypeChecker();
  const entry = program.getSourceFile(ENTRY);
  const module = entry && checker.getSymbolAtLocation(entry);
  if (!module) throw new Error(`${ENTRY} exports nothing`);
  return { checker, exported: checker.getExportsOfModule(module) };
}
