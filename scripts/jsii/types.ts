import ts from "typescript";
import { ROOT } from "../../local/paths.js";

/** What stands for a type of ours that other languages have no word for. */
const STAND_INS: ReadonlyMap<string, string> = new Map([
  // Written by hand: a union of words and objects.
  ["StartAt", "StartAt"],
  ["SigningSecret", "aws_secretsmanager.ISecret"],
  ["OutboxTable", "aws_dynamodb.ITable"],
  ["WatchedQueue", "Sluice"],
]);

/** Types that members of constructs have for other constructs, and not for users. */
const INTERNAL: ReadonlySet<string> = new Set(["Endpoint", "Functions", "TargetPolicy", "Provisioned"]);

/** A member has a type that is not for users. */
export class IsInternal extends Error {}

const keywordOf: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.StringKeyword]: "string",
  [ts.SyntaxKind.NumberKeyword]: "number",
  [ts.SyntaxKind.BooleanKeyword]: "boolean",
  [ts.SyntaxKind.VoidKeyword]: "void",
  [ts.SyntaxKind.UnknownKeyword]: "any",
};

/** Types as all of jsii's languages have them. */
export class Types {
  /** The CDK's modules that were named so far, by the names that they have here. */
  readonly modules = new Map<string, string>();
  /** Our own types that were named so far. */
  readonly ours = new Map<string, ts.Symbol>();

  constructor(
    readonly checker: ts.TypeChecker,
    private readonly exported: readonly ts.Symbol[],
  ) {
    this.module("aws-cdk-lib");
    this.module("constructs");
    this.module("aws-cdk-lib/aws-dynamodb");
    this.module("aws-cdk-lib/aws-secretsmanager");
  }

  /** @throws {Error} for a type that needs a name of its own, or a stand-in */
  of(node: ts.TypeNode): string {
    const keyword = keywordOf[node.kind];
    if (keyword !== undefined) return keyword;
    if (ts.isParenthesizedTypeNode(node)) return this.of(node.type);
    if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword)
      return this.of(node.type);
    if (ts.isArrayTypeNode(node)) return `${this.of(node.elementType)}[]`;
    if (ts.isTupleTypeNode(node)) return this.ofTuple(node);
    if (ts.isUnionTypeNode(node)) return this.ofUnion(node);
    if (ts.isTypeReferenceNode(node)) return this.ofReference(node, node.typeName);
    if (ts.isExpressionWithTypeArguments(node)) return this.ofReference(node, node.expression);
    return no(node);
  }

  /** What a method gives: an interface where there is one, which is what other constructs may give, too. */
  ofResult(node: ts.TypeNode): string {
    const name = this.of(node);
    const described = this.exported.find((one) => one.name === `I${name}`);
    if (described) this.ours.set(described.name, described);
    return described?.name ?? name;
  }

  /** Whether it may be missing: `T | undefined`. */
  isOptional(node: ts.TypeNode): boolean {
    return ts.isUnionTypeNode(node) && node.types.some(isUndefined);
  }

  /** The words of a union of them; undefined for any other type. */
  wordsOf(node: ts.TypeNode): readonly string[] | undefined {
    const type = this.checker.getTypeFromTypeNode(node);
    const parts = type.isUnion() ? type.types : [type];
    return parts.every((one) => one.isStringLiteral()) ? parts.map(({ value }) => value) : undefined;
  }

  /** A list of one kind. */
  private ofTuple(node: ts.TupleTypeNode): string {
    const [one, ...others] = new Set(
      node.elements.map((each) => this.of(ts.isNamedTupleMember(each) ? each.type : each)),
    );
    return one !== undefined && others.length === 0 ? `${one}[]` : no(node);
  }

  private ofUnion(node: ts.UnionTypeNode): string {
    const [one, ...others] = node.types.filter((each) => !isUndefined(each));
    return one && others.length === 0 ? this.of(one) : no(node);
  }

  private ofReference(node: ts.NodeWithTypeArguments, named: ts.Node): string {
    const name = named.getText();
    const [first, second] = node.typeArguments ?? [];
    if (name === "Readonly" && first) return this.of(first);
    if (name === "Record" && second) return `{ [name: string]: ${this.ofValue(second)} }`;
    const symbol = this.checker.getSymbolAtLocation(named);
    const declaration = symbol?.declarations?.[0];
    if (!symbol || !declaration) return no(node);
    const from = ts.isImportSpecifier(declaration) ? specifierOf(declaration) : "";
    if (/^(aws-cdk-lib|constructs)/.test(from)) return `${this.module(from)}.${importedName(declaration)}`;
    return this.ofOurs(
      symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol,
      node,
    );
  }

  /** JSON of any kind where a map has several. */
  private ofValue(node: ts.TypeNode): string {
    return ts.isUnionTypeNode(node) ? "any" : this.of(node);
  }

  private ofOurs(symbol: ts.Symbol, node: ts.TypeNode): string {
    if (INTERNAL.has(symbol.name)) throw new IsInternal(symbol.name);
    const standIn = STAND_INS.get(symbol.name);
    if (standIn !== undefined) return standIn;
    const [declaration] = symbol.declarations ?? [];
    if (!declaration?.getSourceFile().fileName.startsWith(ROOT)) return no(node);
    if (ts.isTypeAliasDeclaration(declaration) && !this.wordsOf(declaration.type))
      return this.of(declaration.type);
    this.ours.set(symbol.name, symbol);
    return symbol.name;
  }

  private module(specifier: string): string {
    const name = specifier.replace(/^.*\//, "").replaceAll(/\W/g, "_");
    this.modules.set(specifier, name);
    return name;
  }
}

const isUndefined = (node: ts.TypeNode): boolean => node.kind === ts.SyntaxKind.UndefinedKeyword;

const specifierOf = (declaration: ts.ImportSpecifier): string =>
  (declaration.parent.parent.parent.moduleSpecifier as ts.StringLiteral).text;

const importedName = (declaration: ts.Declaration): string =>
  ts.isImportSpecifier(declaration) ? (declaration.propertyName ?? declaration.name).text : "";

function no(node: ts.Node): never {
  const { fileName, text } = node.getSourceFile();
  const line = text.slice(0, node.getStart()).split("\n").length;
  throw new Error(
    `${fileName}:${line}: jsii has no type for ${node.getText()}: give it a name that is exported, or a stand-in`,
  );
}
