import ts from "typescript";
import { ROOT } from "../../local/paths.js";
import { IsInternal, type Types } from "./types.js";

/** Declares members of constructs, and of what they take, as jsii knows them. */
export class Members {
  /** Those that have a type which is not for users. */
  readonly leftOut: string[] = [];

  constructor(
    private readonly types: Types,
    /** Finds the docstring of a method that has none where it is declared. */
    private readonly told: (name: string) => string,
  ) {}

  /**
   * A line each, and its docstring. What the CDK's own types bring along is left out. A class has each member as the
   * interface says it that it `implements`: elsewhere it may not promise more, as it may in TypeScript.
   */
  of(owner: string, symbols: Iterable<ts.Symbol>, implemented?: ts.Type): readonly string[] {
    const lines: string[] = [];
    for (const symbol of symbols) {
      const declaration = symbol.declarations?.[0];
      if (!declaration || !isOurs(declaration) || isHidden(declaration)) continue;
      try {
        const [promised] = implemented?.getProperty(symbol.name)?.declarations ?? [];
        lines.push(docOf(declaration) || this.told(symbol.name));
        lines.push(this.member(symbol.name, promised ?? declaration));
      } catch (error) {
        if (!(error instanceof IsInternal)) throw error;
        this.leftOut.push(`${owner}.${symbol.name}`);
      }
    }
    return lines;
  }

  /** What `new` takes. */
  constructorOf(declaration: ts.ClassDeclaration): readonly string[] {
    const made = declaration.members.find((one) => ts.isConstructorDeclaration(one));
    return made ? [`  constructor(${this.parameters(made)});`] : [];
  }

  private member(name: string, declaration: ts.Declaration): string {
    const isStatic = ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Static;
    const before = isStatic ? "static " : "";
    if (ts.isMethodDeclaration(declaration) || ts.isMethodSignature(declaration)) {
      const result = this.result(declaration);
      return `  ${before}${name}(${this.parameters(declaration)}): ${result};`;
    }
    const { type, questionToken } = declaration as ts.PropertySignature;
    if (!type) throw new Error(`${declaration.getSourceFile().fileName}: ${name} has no type`);
    const mark = questionToken !== undefined || this.types.isOptional(type) ? "?" : "";
    return `  ${before}readonly ${name}${mark}: ${this.types.of(type)};`;
  }

  private result({ type, name }: ts.MethodDeclaration | ts.MethodSignature): string {
    if (!type) throw new Error(`${name.getText()} has no type`);
    const mark = this.types.isOptional(type) ? " | undefined" : "";
    return `${this.types.ofResult(type)}${mark}`;
  }

  private parameters({ parameters }: ts.SignatureDeclaration): string {
    const each = parameters.map(({ name, type, questionToken, initializer }) => {
      const mark = questionToken !== undefined || initializer !== undefined ? "?" : "";
      return `${name.getText()}${mark}: ${type ? this.types.of(type) : "string"}`;
    });
    return each.join(", ");
  }
}

export const isOurs = (declaration: ts.Declaration | undefined): boolean => {
  const path = declaration?.getSourceFile().fileName ?? "";
  return path.startsWith(ROOT) && !path.includes("/node_modules/");
};

/** As it stands in the source, without what only TypeScript has: a link's braces. */
export const docOf = (node: ts.Node): string => {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter((one) => ts.isJSDoc(one));
  return doc ? doc.getText().replaceAll(/\{@link ([\w.]+)\}/g, "`$1`") : "";
};

function isHidden(declaration: ts.Declaration): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const name = ts.getNameOfDeclaration(declaration);
  if (name === undefined || ts.isPrivateIdentifier(name)) return true;
  return (ts.getCombinedModifierFlags(declaration) & hidden) !== 0;
}
