import { type FieldProblem, InvalidRequest } from "../errors.js";
import { ABSENT, Mistake, matcherOf } from "./expression.js";
import { type JsonMember, type JsonNode, jsonTree } from "./json-tree.js";
import type { Matcher } from "./matcher.js";
import { type Root, pathOf, typeProblem } from "./paths.js";

/** What a filter wants at one path: one of the matchers, or that there is nothing. */
export interface FieldFilter {
  readonly path: string;
  readonly root: Root;
  /** The names below the root, at each "." that the path has. */
  readonly steps: readonly string[];
  readonly matchers: readonly Matcher[];
  /** With `{ "exists": false }` among the matchers. */
  readonly allowsAbsent: boolean;
}

/** All fields must hold, and one alternative of each choice (`$or`). */
export interface Conjunction {
  readonly fields: readonly FieldFilter[];
  readonly choices: readonly (readonly Conjunction[])[];
}

/** A filter's JSON text may have so many characters: EventBridge's own limit. */
export const FILTER_CHARACTERS = 4_096;
/** EventBridge's limit of combinations, which also bounds what one message costs. */
const COMBINATIONS = 1_000;
/** event-ruler's limit of a rule's paths. */
const PATHS = 256;

/** EventBridge keeps these names for operators to come; it refuses them as names within `$or`. */
const RESERVED_IN_OR = new Set(
  [
    ["exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric"],
    ["cidr", "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"],
    ["date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"],
    ["ip-address-in-range", "ip-address-not-in-range"],
  ].flat(),
);

/**
 * Reads a filter from its JSON text, which must be valid JSON.
 * @throws {InvalidRequest} with every mistake and its place
 */
export function patternOf(text: string): Conjunction {
  if (text.length > FILTER_CHARACTERS) {
    throw new InvalidRequest([
      { path: "", detail: `must have at most ${FILTER_CHARACTERS} characters as JSON` },
    ]);
  }
  const tree = jsonTree(text);
  if (!tree) throw new InvalidRequest([{ path: "", detail: "is nested too deep" }]);
  const problems: FieldProblem[] = [];
  const pattern = new PatternReader(problems).pattern(tree);
  if (problems.length > 0) throw new InvalidRequest(problems);
  return pattern;
}

/** How many combinations of alternatives the choices have. */
const combinationsOf = ({ choices }: Conjunction): number =>
  choices.reduce(
    (product, alternatives) =>
      product * alternatives.reduce((sum, alternative) => sum + combinationsOf(alternative), 0),
    1,
  );

/** Where the reader is in the filter. */
interface Position {
  /** Names from the top, which make up the message's path. */
  readonly names: readonly string[];
  /** As a mistake shows it: with indexes, and `$or`. */
  readonly place: string;
  /** Paths that stand in the same combination already. */
  readonly taken: Set<string>;
  readonly isInOr: boolean;
}

class PatternReader {
  constructor(private readonly problems: FieldProblem[]) {}

  pattern(node: JsonNode): Conjunction {
    const taken = new Set<string>();
    const pattern = this.#conjunction(node, { names: [], place: "", taken, isInOr: false });
    if (taken.size > PATHS) this.#problem("", `names ${taken.size} paths: at most ${PATHS} are possible`);
    if (combinationsOf(pattern) > COMBINATIONS) {
      this.#problem("", `has more than ${COMBINATIONS} combinations of its "$or"`);
    }
    return pattern;
  }

  #conjunction(node: JsonNode, position: Position): Conjunction {
    if (node.kind !== "object") return this.#none(position.place, "must be an object");
    if (node.members.length === 0) return this.#none(position.place, "must not be empty");
    const seen = new Set<string>();
    const parts = node.members.map((member): Conjunction => {
      const [name] = member;
      const place = below(position.place, name);
      if (seen.has(name)) return this.#none(place, "is given twice: EventBridge would drop one of them");
      seen.add(name);
      return this.#member(member, position, place);
    });
    return {
      fields: parts.flatMap(({ fields }) => fields),
      choices: parts.flatMap(({ choices }) => choices),
    };
  }

  #member([name, node]: JsonMember, position: Position, place: string): Conjunction {
    if (name === "$or") return this.#choice(node, { ...position, place });
    if (position.isInOr && RESERVED_IN_OR.has(name)) {
      return this.#none(place, `is a reserved name, which "$or" cannot contain`);
    }
    const names = [...position.names, name];
    if (node.kind === "object") return this.#conjunction(node, { ...position, names, place });
    if (node.kind === "leaf") return this.#none(place, `must be a list such as ["a"], or an object`);
    if (node.items.length === 0) return this.#none(place, "must not be an empty list");
    return this.#field(names, node.items, { ...position, place });
  }

  #choice(node: JsonNode, position: Position): Conjunction {
    if (node.kind !== "array" || node.items.length < 2) {
      return this.#none(position.place, "must be a list of at least two objects");
    }
    const before = [...position.taken];
    const alternatives = node.items.map((item, index) => {
      const taken = new Set(before);
      const place = `${position.place}[${index}]`;
      const alternative = this.#conjunction(item, { ...position, place, taken, isInOr: true });
      for (const path of taken) position.taken.add(path);
      return alternative;
    });
    return { fields: [], choices: [alternatives] };
  }

  #field(names: readonly string[], items: readonly JsonNode[], { place, taken }: Position): Conjunction {
    const path = pathOf(names);
    if ("wrong" in path) return this.#none(place, path.wrong);
    if (taken.has(path.text)) {
      return this.#none(place, "is named twice: put everything that it may be into one list");
    }
    taken.add(path.text);
    const found = items.map((item, index) => this.#matcher(item, path.root, `${place}[${index}]`));
    const matchers = found.filter((matcher) => matcher !== undefined && matcher !== ABSENT);
    const allowsAbsent = found.includes(ABSENT);
    const field = { path: path.text, root: path.root, steps: path.steps, matchers, allowsAbsent };
    return { fields: [field], choices: [] };
  }

  #matcher(node: JsonNode, root: Root, place: string): Matcher | typeof ABSENT | undefined {
    try {
      const matcher = matcherOf(node, place);
      const wrong = matcher === ABSENT ? undefined : typeProblem(root, matcher);
      if (wrong === undefined) return matcher;
      this.#problem(place, wrong);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      this.#problem(error.path, error.detail);
    }
    return undefined;
  }

  #problem(path: string, detail: string): void {
    this.problems.push({ path, detail });
  }

  #none(path: string, detail: string): Conjunction {
    this.#problem(path, detail);
    return { fields: [], choices: [] };
  }
}

const below = (place: string, name: string): string => (place === "" ? name : `${place}.${name}`);
