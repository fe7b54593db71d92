import ts from "typescript";
import { programOfCdk } from "../cdk-api/program.js";
import { Members, docOf, isOurs } from "./members.js";
import { Types } from "./types.js";

/** What jsii compiles. */
export interface Surface {
  /** The entry: every type that users see. */
  readonly index: string;
  /** What the constructs are made of, as jsii knows it; their code is the package's own. */
  readonly implementation: string;
  readonly classes: readonly string[];
  /** Members that other languages do not get, as `Class.member`. */
  readonly leftOut: readonly string[];
}

const HEADER = "// Made of cdk/*.ts by `npm run jsii`.";

/** The constructs' API for jsii, made of that for TypeScript: the same names, props, defaults and docstrings. */
export function surfaceOfCdk(): Surface {
  const { checker, exported: all } = programOfCdk();
  const exported = all.map((one) => checker.getAliasedSymbol(one));
  return new Writer(new Types(checker, exported), exported).written();
}

class Writer {
  readonly #index: string[] = [];
  readonly #implementation: string[] = [];
  readonly #classes: string[];
  readonly #members: Members;

  constructor(
    private readonly types: Types,
    private readonly exported: readonly ts.Symbol[],
  ) {
    const classes = exported.filter(({ flags }) => flags & ts.SymbolFlags.Class);
    this.#classes = classes.map(({ name }) => name);
    for (const one of classes) types.ours.set(one.name, one);
    const told = new Map<string, string>();
    for (const member of classes.flatMap((one) =>
      types.checker.getDeclaredTypeOfSymbol(one).getProperties(),
    )) {
      const [declaration] = member.declarations ?? [];
      if (declaration && !told.has(member.name)) told.set(member.name, docOf(declaration));
    }
    this.#members = new Members(types, (name) => told.get(name) ?? "");
  }

  /** Starts with what users make, and goes on with what that names. */
  written(): Surface {
    // A map may grow while one goes through it.
    for (const symbol of this.types.ours.values()) this.declare(symbol);
    const index = this.#index.join("\n");
    const implementation = this.#implementation.join("\n");
    const parts = this.#classes.map(partOf);
    return {
      index: [
        HEADER,
        ...this.imports(index),
        `import { ${parts.join(", ")}, namedAs } from "./implementation";`,
        'import { StartAt } from "./start-at";',
        'export * from "./start-at";',
        index,
        `namedAs({ ${this.#classes.join(", ")} });\n`,
      ].join("\n"),
      implementation: [
        HEADER,
        ...this.imports(implementation),
        `import type { ${[...this.types.ours.keys()].join(", ")} } from "./index";`,
        implementation,
        "export declare function namedAs(classes: { [name: string]: object }): void;\n",
      ].join("\n"),
      classes: this.#classes,
      leftOut: this.#members.leftOut.sort(),
    };
  }

  private imports(text: string): readonly string[] {
    return [...this.types.modules]
      .filter(([, name]) => text.includes(`${name}.`))
      .map(([from, name]) => `import * as ${name} from "${from}";`);
  }

  private declare(symbol: ts.Symbol): void {
    const [declaration] = symbol.declarations ?? [];
    if (!declaration) throw new Error(`${symbol.name} is declared nowhere`);
    if (ts.isClassDeclaration(declaration)) this.declareClass(symbol, declaration);
    else if (ts.isInterfaceDeclaration(declaration)) this.declareInterface(symbol, declaration);
    else if (ts.isTypeAliasDeclaration(declaration)) this.declareWords(declaration);
    else this.#index.push(declaration.getFullText().trim());
  }

  private declareWords(declaration: ts.TypeAliasDeclaration): void {
    const words = this.types.wordsOf(declaration.type) ?? [];
    const members = words.map(
      (word) => `  /** "${word}" */\n  ${word.replaceAll(/\W/g, "_").toUpperCase()} = "${word}",`,
    );
    this.#index.push(docOf(declaration), `export enum ${declaration.name.text} {`, ...members, "}");
  }

  /** What is not exported gives its members to who extends it. */
  private declareInterface(symbol: ts.Symbol, declaration: ts.InterfaceDeclaration): void {
    const bases = (declaration.heritageClauses ?? []).flatMap(({ types }) => [...types]);
    const baseOf = (node: ts.TypeNode) => this.types.checker.getTypeAtLocation(node);
    const isNamed = (node: ts.TypeNode): boolean => {
      const base = baseOf(node).symbol;
      return this.exported.includes(base) || !isOurs(base.declarations?.[0]);
    };
    const named = bases.filter(isNamed).map((node) => this.types.of(node));
    const given = bases.filter((node) => !isNamed(node)).flatMap((node) => baseOf(node).getProperties());
    const heritage = named.length > 0 ? ` extends ${named.join(", ")}` : "";
    this.#index.push(
      docOf(declaration),
      `export interface ${symbol.name}${heritage} {`,
      ...this.#members.of(symbol.name, [...given, ...(symbol.members?.values() ?? [])]),
      "}",
    );
  }

  /** Its members are those of the part that jsii does not name: they need no code here. */
  private declareClass(symbol: ts.Symbol, declaration: ts.ClassDeclaration): void {
    const { name } = symbol;
    const type = this.types.checker.getDeclaredTypeOfSymbol(symbol);
    const implemented = this.exported.find((one) => one.name === `I${name}`);
    if (implemented) this.types.ours.set(implemented.name, implemented);
    const heritage = implemented ? ` implements ${implemented.name}` : "";
    this.#index.push(docOf(declaration), `export class ${name} extends ${partOf(name)}${heritage} {}`);
    this.#implementation.push(
      "/** @jsii ignore */",
      `export declare class ${partOf(name)} extends ${this.foreignBaseOf(type)} {`,
      ...this.#members.constructorOf(declaration),
      ...this.#members.of(name, symbol.exports?.values() ?? []),
      ...this.#members.of(
        name,
        type.getProperties(),
        implemented && this.types.checker.getDeclaredTypeOfSymbol(implemented),
      ),
      "}",
    );
  }

  private foreignBaseOf(type: ts.Type): string {
    const base = type.getBaseTypes()?.[0];
    if (!base) throw new Error(`${type.symbol.name} is no construct`);
    if (isOurs(base.symbol.declarations?.[0])) return this.foreignBaseOf(base);
    return `${base.symbol.name === "Construct" ? "constructs" : "aws_cdk_lib"}.${base.symbol.name}`;
  }
}

const partOf = (name: string): string => `${name}Implementation`;
