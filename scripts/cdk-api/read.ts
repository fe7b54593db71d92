import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../../local/paths.js";
import { programOfCdk } from "./program.js";

/** A property, a method or a value of something that the constructs' package exports. */
export interface Member {
  readonly kind: "constructor" | "static" | "property" | "method" | "value";
  readonly name: string;
  /** Of a method, what it takes and gives; of a property, its type. */
  readonly type: string;
  readonly isOptional: boolean;
  /** As its docstring says; "" if it says nothing. */
  readonly standard: string;
  readonly text: string;
  readonly throws: string;
}

export interface Exported {
  readonly kind: "class" | "interface" | "enum" | "type";
  readonly name: string;
  readonly text: string;
  /** Of a type, what it stands for. */
  readonly type: string;
  readonly members: readonly Member[];
}

/** What `sluice-queue/cdk` exports, read from its sources, in the order of the names. */
export function exportedOfCdk(): readonly Exported[] {
  const { checker, exported: all } = programOfCdk();
  return all
    .map((symbol) => exported(checker, symbol))
    .sort((one, other) => one.name.localeCompare(other.name, "en"));
}

function exported(checker: ts.TypeChecker, alias: ts.Symbol): Exported {
  const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
  const [declaration] = symbol.declarations ?? [];
  if (!declaration) throw new Error(`${alias.name} is declared nowhere`);
  const common = { name: alias.name, text: textOf(checker, symbol), type: "" };
  if (ts.isClassDeclaration(declaration))
    return { ...common, kind: "class", members: membersOfClass(checker, symbol, declaration) };
  if (ts.isEnumDeclaration(declaration))
    return { ...common, kind: "enum", members: declaration.members.map((one) => member(checker, one)) };
  if (ts.isTypeAliasDeclaration(declaration)) {
    const meant = checker.getTypeFromTypeNode(declaration.type);
    const type = checker.typeToString(
      meant,
      undefined,
      ts.TypeFormatFlags.InTypeAlias | ts.TypeFormatFlags.NoTruncation,
    );
    return { ...common, kind: "type", type, members: [] };
  }
  const members = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
  return { ...common, kind: "interface", members: members.flatMap((one) => ownOf(checker, one)) };
}

function membersOfClass(
  checker: ts.TypeChecker,
  symbol: ts.Symbol,
  declaration: ts.ClassDeclaration,
): readonly Member[] {
  const made = declaration.members.filter((one) => ts.isConstructorDeclaration(one));
  const statics = [...(symbol.exports?.values() ?? [])].flatMap((one) => ownOf(checker, one));
  const members = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
  return [
    ...made.map((one) => member(checker, one)),
    ...statics,
    ...members.flatMap((one) => ownOf(checker, one)),
  ];
}

/** What the CDK's own classes bring along, and what is not for users, is left out. */
function ownOf(checker: ts.TypeChecker, { declarations = [] }: ts.Symbol): readonly Member[] {
  const [declaration] = declarations;
  if (!declaration?.getSourceFile().fileName.startsWith(join(ROOT, "cdk"))) return [];
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return ts.getCombinedModifierFlags(declaration) & hidden ? [] : [member(checker, declaration)];
}

function member(checker: ts.TypeChecker, declaration: ts.Declaration): Member {
  const symbol = (declaration as { readonly symbol?: ts.Symbol }).symbol;
  const isOptional = (declaration as { readonly questionToken?: unknown }).questionToken !== undefined;
  const tags = ts.getJSDocTags(declaration);
  const tag = (name: string): string =>
    tags
      .filter(({ tagName }) => tagName.text === name)
      .map(({ comment }) => plain(ts.getTextOfJSDocComment(comment) ?? "").replace(/^- /, ""))
      .join("; ");
  const text = symbol && !ts.isConstructorDeclaration(declaration) ? textOf(checker, symbol) : "";
  const throws = tag("throws").replace(/^\{\w+\} ?/, "");
  return {
    kind: kindOf(declaration),
    ...typedAs(declaration),
    isOptional,
    standard: tag("default"),
    text,
    throws,
  };
}

function kindOf(declaration: ts.Declaration): Member["kind"] {
  if (ts.isConstructorDeclaration(declaration)) return "constructor";
  if (ts.isEnumMember(declaration)) return "value";
  if (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Static) return "static";
  return ts.isMethodDeclaration(declaration) || ts.isMethodSignature(declaration) ? "method" : "property";
}

function typedAs(declaration: ts.Declaration): Pick<Member, "name" | "type"> {
  const name = ts.getNameOfDeclaration(declaration)?.getText() ?? "";
  if (ts.isEnumMember(declaration)) return { name, type: declaration.initializer?.getText() ?? "" };
  if (ts.isFunctionLike(declaration) && !ts.isGetAccessorDeclaration(declaration)) {
    const given = declaration.parameters.map((one) => {
      const isOptional = one.questionToken !== undefined || one.initializer !== undefined;
      const type = one.type ? typeText(one.type) : "string";
      return `${one.name.getText()}${isOptional ? "?" : ""}: ${type}`;
    });
    const result = declaration.type ? `: ${typeText(declaration.type)}` : "";
    return { name, type: `(${given.join(", ")})${result}` };
  }
  return { name, type: typeText((declaration as { readonly type?: ts.TypeNode }).type) };
}

const typeText = (node: ts.TypeNode | undefined): string => (node?.getText() ?? "").replaceAll(/\s+/g, " ");

const textOf = (checker: ts.TypeChecker, symbol: ts.Symbol): string =>
  plain(ts.displayPartsToString(symbol.getDocumentationComment(checker)));

/** As a line of Markdown, with its links to other pages. */
const plain = (text: string): string =>
  text
    .replaceAll(/\{@link ([\w.]+)\}/g, "`$1`")
    .replaceAll(/docs\/([\w/-]+\.md)/g, "[$1]($1)")
    .replaceAll(/\s+/g, " ")
    .trim();
