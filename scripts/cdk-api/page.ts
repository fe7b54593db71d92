import type { Exported, Member } from "./read.js";

const HEADER = `# The constructs

Everything that \`sluice-queue/cdk\` exports. This page is made from the sources by \`npm run docs:cdk\`. Other
pages tell what settings are good for: [deploying](deploying.md), [the endpoint](endpoint.md),
[metrics](features/metrics.md), [capacity](capacity.md) and [compliance](compliance.md).
`;

/** Of what kind, in which order, and under which words. */
const PARTS = [
  { kind: "class", title: "Constructs" },
  { kind: "interface", title: "Interfaces and props" },
  { kind: "enum", title: "Enumerations" },
  { kind: "type", title: "Types" },
] as const;

/** An interface's methods are told about where a class has them. */
export function withTexts(all: readonly Exported[]): readonly Exported[] {
  const told = all.filter(({ kind }) => kind === "class").flatMap(({ members }) => members);
  const textOf = (name: string): string =>
    told.find((one) => one.name === name && one.text !== "")?.text ?? "";
  return all.map((one) => ({
    ...one,
    members: one.members.map((member) =>
      member.text === "" && member.kind === "method" ? { ...member, text: textOf(member.name) } : member,
    ),
  }));
}

/** The page of the constructs' API, in Markdown. */
export function cdkApiPage(all: readonly Exported[]): string {
  const parts = PARTS.map(({ kind, title }) => {
    const those = all.filter((one) => one.kind === kind);
    return [`## ${title}\n`, ...those.map(section)].join("\n");
  });
  return `${[HEADER, ...parts].join("\n").trimEnd()}\n`;
}

function section({ name, text, type, members }: Exported): string {
  const told = text === "" ? "" : `${text}\n`;
  const stands = type === "" ? "" : `\`${type}\`\n`;
  const made = members
    .filter(({ kind }) => kind === "constructor")
    .map((one) => `\`new ${name}${one.type}\`\n`);
  const properties = members.filter(({ kind }) => kind === "property");
  const methods = members.filter(({ kind }) => kind === "method" || kind === "static");
  const values = members.filter(({ kind }) => kind === "value");
  const parts = [
    `### ${name}\n`,
    told,
    stands,
    ...made,
    table(["property", "type", "default", ""], properties.map(propertyRow)),
    table(
      ["method", ""],
      methods.map((one) => methodRow(name, one)),
    ),
    table(
      ["value", "", ""],
      values.map((one) => [code(one.name), code(one.type), one.text]),
    ),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

const propertyRow = ({ name, type, isOptional, standard, text }: Member): readonly string[] => [
  code(isOptional ? `${name}?` : name),
  code(type),
  isOptional ? standard : "",
  text,
];

const methodRow = (owner: string, { kind, name, type, text, throws }: Member): readonly string[] => [
  code(`${kind === "static" ? `${owner}.` : ""}${name}${type}`),
  throws === "" ? text : `${text} Throws ${throws}${throws.endsWith(".") ? "" : "."}`.trim(),
];

const code = (text: string): string => (text === "" ? "" : `\`${text}\``);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`.replaceAll(/ {2,}/g, " ");
  return `${[line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n")}\n`;
}
