import { seededRandom } from "../../../../lib/adapters/memory/random.js";
import type { MessageContent } from "../../../../lib/domain/message.js";
import type { Random } from "../../../../lib/domain/ports/random.js";

/** A filter and a message, generated. The event is the whole message as JSON, which event-ruler can take. */
export interface Pair {
  readonly filter: string;
  readonly message: Partial<MessageContent>;
  readonly event: string;
}

const NAMES = ["a", "b", "c", "a.b", "b-c"];
const TEXTS = [
  ...[
    "",
    "a",
    "ab",
    "abc",
    "Abc",
    "ABC",
    "b",
    "é",
    "É",
    "ß",
    "SS",
    "ss",
    "日本",
    "日",
    "a*b",
    "a\\b",
    '"',
    "a/b.png",
  ],
  ...["5", "true", "null", "10.0.0.1", "10.0.0.255", "010.0.0.1", "192.168.1.9", "::1", "0:0:0:0:0:0:0:1"],
  ...["2001:db8::f", "2001:DB8::F", "::ffff:a00:1", "1:2", "10.0.0", "10.0.0.999x", "i̇", "İ", "ΐ"],
];
const WILDCARDS = [
  "*",
  "a*",
  "*b",
  "*a*b*",
  "a\\*b",
  "a\\\\*",
  "*.png",
  "*日*",
  "é*",
  "",
  "abc",
  "A*c",
  "*a",
  "*/*",
];
const CIDRS = [
  "10.0.0.0/24",
  "10.0.0.0/8",
  "10.0.0.129/25",
  "0.0.0.0/0",
  "::/0",
  "2001:db8::/32",
  "::1/127",
  "192.168.0.0/16",
];
const WRONG_CIDRS = [
  "10.0.0.0/32",
  "10.0.0.0",
  "::1/128",
  "10.0.0.0/-1",
  "a/8",
  "10.0.0.0/a",
  "::ffff:0:0/96",
  "/8",
];
const NUMBERS = [
  ...[
    "0",
    "-0",
    "1",
    "1.0",
    "1e0",
    "5",
    "5.5",
    "5.50",
    "-3",
    "100",
    "1e2",
    "100.000001",
    "0.1",
    "300.25",
    "1E9",
  ],
  ...[
    "9007199254740993",
    "9007199254740992",
    "12345678901234567890",
    "1e400",
    "1e-400",
    "0.12345678901234567891",
  ],
  ...["1e22", "0.1e1", "5e-324", "1.7976931348623157e308", "123456789012345.678"],
];
const EXACT = ["0", "-0", "1", "5", "5.5", "-3", "100", "1e2", "100.000001", "0.1", "300.25", "1e9", "6"];
const BOOLEANS = ["true", "false"];
const WORDS = [...BOOLEANS, "null"];
const WRONG = [
  ...["[]", "{}", "[[1]]", "1", '"a"', "null", '[{"prefix":1}]', '[{"prefix":"a","suffix":"b"}]', "[{}]"],
  ...['[{"nothing":"a"}]', '[{"anything-but":[]}]', '[{"anything-but":["a",1]}]', '[{"anything-but":null}]'],
  ...['[{"anything-but":[true]}]', '[{"anything-but":{"prefix":""}}]', '[{"anything-but":{"suffix":[""]}}]'],
  ...[
    '[{"anything-but":{"numeric":["=",1]}}]',
    '[{"anything-but":{}}]',
    '[{"anything-but":12345678901234567890}]',
  ],
  ...['[{"anything-but":{"prefix":"a","suffix":"b"}}]', '[{"anything-but":{"prefix":1}}]'],
  ...[
    '[{"numeric":[]}]',
    '[{"numeric":["="]}]',
    '[{"numeric":["<",5,">",0]}]',
    '[{"numeric":[">",5,"<",5]}]',
  ],
  ...['[{"numeric":[">",5,"<",1]}]', '[{"numeric":[">",1,">",2]}]', '[{"numeric":["=",1,"=",2]}]'],
  ...['[{"numeric":["!",1]}]', '[{"numeric":[5]}]', '[{"numeric":["=","5"]}]', '[{"numeric":">"}]'],
  ...[
    '[{"numeric":[">",0,"<=",5,"<",9]}]',
    '[{"numeric":["=",12345678901234567890]}]',
    '[{"numeric":[">",0,"<"]}]',
  ],
  ...['[{"exists":1}]', '[{"exists":"true"}]', '[{"exists":true,"prefix":"a"}]', '[{"wildcard":"a**b"}]'],
  ...[
    '[{"wildcard":"a\\\\b"}]',
    '[{"wildcard":"a\\\\"}]',
    '[{"wildcard":["a"]}]',
    '[{"equals-ignore-case":["a"]}]',
  ],
  ...['[{"prefix":{"equals-ignore-case":1}}]', '[{"prefix":{"suffix":"a"}}]', '[{"suffix":{}}]'],
  ...['[{"anything-but":{"wildcard":"a**"}}]', '[{"anything-but":{"wildcard":["a","\\\\x"]}}]'],
  ...WRONG_CIDRS.map((cidr) => `[{"cidr":${JSON.stringify(cidr)}}]`),
];

/** Pairs of a seed, always the same. Their names and values are few, so that filters often fit. */
export function* generatedPairs(seed: number, count: number): Generator<Pair> {
  for (let index = 0; index < count; index++)
    yield new Generated(seededRandom(seed * 100_003 + index)).pair();
}

class Generated {
  constructor(private readonly random: Random) {}

  pair(): Pair {
    const body = this.#body(0);
    const meta = {
      ...(this.#chance(2) ? { key: this.#one(TEXTS.filter((text) => text !== "")) } : {}),
      ...(this.#chance(2) ? { tag: this.#one(["a", "ab", "b", "5", "10.0.0.1"]) } : {}),
    };
    const attributes = this.#chance(2) ? this.#attributes() : undefined;
    const parts = Object.entries(meta).map(
      ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
    );
    if (attributes) parts.push(`"attributes":${JSON.stringify(attributes)}`);
    parts.push(`"body":${body}`);
    const message = { ...meta, ...(attributes ? { attributes } : {}), body, contentType: "application/json" };
    return { filter: this.#filter(), message, event: `{${parts.join()}}` };
  }

  #attributes(): Record<string, string | number | boolean> {
    const names = this.#some(3, () => this.#one(NAMES));
    return Object.fromEntries(
      names.map((name) => [
        name,
        this.#pick<string | number | boolean>(
          () => this.#one(TEXTS),
          () => Number(this.#one(EXACT)),
          () => this.#chance(2),
        ),
      ]),
    );
  }

  #body(depth: number): string {
    if (depth > 0 && this.#chance(3)) return this.#leaf();
    if (depth < 4 && this.#chance(3)) return `[${this.#some(3, () => this.#body(depth + 1)).join()}]`;
    if (depth >= 4) return this.#leaf();
    const names = [...new Set(this.#some(3, () => this.#one(NAMES)))];
    return `{${names.map((name) => `${JSON.stringify(name)}:${this.#body(depth + 1)}`).join()}}`;
  }

  #leaf(): string {
    return this.#pick(
      () => JSON.stringify(this.#one(TEXTS)),
      () => this.#one(NUMBERS),
      () => this.#one(WORDS),
    );
  }

  #filter(): string {
    const parts = [];
    if (this.#chance(4)) parts.push(`"key":${this.#values("text")}`);
    if (this.#chance(4)) parts.push(`"tag":${this.#values("text")}`);
    if (this.#chance(3)) parts.push(`"attributes.${this.#one(NAMES)}":${this.#values("attribute")}`);
    if (this.#chance(3)) parts.push(`"body.${this.#one(NAMES)}":${this.#values()}`);
    if (parts.length === 0 || this.#chance(2))
      parts.push(`"body":${this.#chance(9) ? this.#values() : this.#object(0)}`);
    return `{${parts.join()}}`;
  }

  #object(depth: number): string {
    const parts = [...new Set(this.#some(2, () => this.#one(NAMES)))].map((name) =>
      this.#member(name, depth),
    );
    if (parts.length === 0) parts.push(this.#member("a", depth));
    if (depth < 3 && this.#chance(5)) {
      const alternatives = [
        this.#object(depth + 1),
        this.#object(depth + 1),
        ...this.#some(1, () => this.#object(depth + 1)),
      ];
      parts.splice(this.random.below(parts.length + 1), 0, `"$or":[${alternatives.join()}]`);
    }
    return `{${parts.join()}}`;
  }

  #member(name: string, depth: number): string {
    const value = depth < 3 && this.#chance(3) ? this.#object(depth + 1) : this.#values();
    return `${JSON.stringify(name)}:${value}`;
  }

  #values(type: "text" | "attribute" | "any" = "any"): string {
    if (this.#chance(150)) return this.#one(WRONG);
    const one = () =>
      type === "text" ? this.#textMatcher() : this.#matcher(type === "any" ? WORDS : BOOLEANS);
    return `[${[one(), ...this.#some(2, one)].join()}]`;
  }

  #matcher(words: readonly string[]): string {
    return this.#pick(
      () => this.#textMatcher(),
      () => this.#one([...NUMBERS, ...words]),
      () => `{"exists":${this.#one(["true", "false"])}}`,
      () => `{"numeric":[${this.#range()}]}`,
      () => `{"anything-but":${this.#oneOrList(() => this.#one(EXACT))}}`,
    );
  }

  #range(): string {
    const [below, above] = [this.#one(EXACT), this.#one(EXACT)];
    if (this.#chance(2)) return `"${this.#one(["=", "<", "<=", ">", ">="])}",${below}`;
    return `"${this.#one([">", ">="])}",${below},"${this.#one(["<", "<="])}",${above}`;
  }

  #textMatcher(): string {
    const text = () => JSON.stringify(this.#one(TEXTS));
    const nonEmpty = () => JSON.stringify(this.#one(TEXTS.slice(1)));
    const wildcard = () => JSON.stringify(this.#one(WILDCARDS));
    return this.#pick(
      text,
      text,
      () => `{"prefix":${text()}}`,
      () => `{"suffix":${text()}}`,
      () => `{"equals-ignore-case":${text()}}`,
      () => `{"prefix":{"equals-ignore-case":${text()}}}`,
      () => `{"suffix":{"equals-ignore-case":${text()}}}`,
      () => `{"exactly":${text()}}`,
      () => `{"wildcard":${wildcard()}}`,
      () => `{"cidr":"${this.#one(CIDRS)}"}`,
      () => `{"anything-but":${this.#oneOrList(text)}}`,
      () => `{"anything-but":{"prefix":${this.#oneOrList(nonEmpty)}}}`,
      () => `{"anything-but":{"suffix":${this.#oneOrList(nonEmpty)}}}`,
      () => `{"anything-but":{"equals-ignore-case":${this.#oneOrList(text)}}}`,
      () => `{"anything-but":{"wildcard":${this.#oneOrList(wildcard)}}}`,
    );
  }

  #oneOrList(one: () => string): string {
    return this.#chance(2) ? one() : `[${[one(), ...this.#some(2, one)].join()}]`;
  }

  /** Zero to `most` of them. */
  #some<T>(most: number, one: () => T): T[] {
    return Array.from({ length: this.random.below(most + 1) }, one);
  }

  #pick<T>(...ways: readonly (() => T)[]): T {
    return this.#one(ways)();
  }

  #one<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }

  /** True one time in `times`. */
  #chance(times: number): boolean {
    return this.random.below(times) === 0;
  }
}
