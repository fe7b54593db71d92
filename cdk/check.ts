import { type Duration, type Size, SizeRoundingBehavior, Token } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { InvalidRequest } from "../lib/domain/errors.js";

const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** Checks of a construct's props, as the app is synthesized: nobody wants to hear of a typo amid a deployment. */
export class Checks {
  constructor(private readonly construct: IConstruct) {}

  /** @throws {Error} with the construct's path */
  refuse(text: string): never {
    throw new Error(`${this.construct.node.path}: ${text}`);
  }

  /** What the API would refuse, by the same code: every mistake with its place. */
  compiles(what: string, compile: () => unknown): void {
    try {
      compile();
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error;
      const mistakes = error.below(what).errors.map(({ path, detail }) => `${path} ${detail}`);
      this.refuse(mistakes.join("; "));
    }
  }

  name(what: string, name: string): string {
    if (!Token.isUnresolved(name) && (typeof name !== "string" || !NAME.test(name)))
      this.refuse(`${shown(name)} is not a ${what} name: use 1 to 80 characters from A-Z a-z 0-9 _ -`);
    return name;
  }

  /** A whole number within `least..most`. */
  within(what: string, value: number | undefined, least: number, most: number): void {
    if (value === undefined || Token.isUnresolved(value)) return;
    if (Number.isInteger(value) && value >= least && value <= most) return;
    this.refuse(`${what} is ${shown(value)}: use a whole number from ${least} to ${most}`);
  }

  /** A number within `least..most`. Fractions are allowed. */
  between(what: string, value: number | undefined, least: number, most: number): void {
    if (value === undefined || Token.isUnresolved(value)) return;
    if (typeof value === "number" && value >= least && value <= most) return;
    this.refuse(`${what} is ${shown(value)}: use a number from ${least} to ${most}`);
  }

  /** Whole seconds within `least..most`. */
  seconds(what: string, value: Duration | undefined, least: number, most: number): void {
    this.within(`${what} in seconds`, secondsOf(value), least, most);
  }

  /** Whole bytes within `least..most`. */
  bytes(what: string, value: Size | undefined, least: number, most: number): void {
    this.within(`${what} in bytes`, value?.toBytes({ rounding: SizeRoundingBehavior.NONE }), least, most);
  }

  /** One of a few words. JavaScript, and values from the context, know no types. */
  oneOf(what: string, value: string | undefined, words: readonly string[]): void {
    if (value === undefined || words.includes(value)) return;
    this.refuse(`${what} is ${shown(value)}: use ${words.map(shown).join(" or ")}`);
  }

  flag(what: string, value: boolean | undefined): void {
    if (value === undefined || typeof value === "boolean") return;
    this.refuse(`${what} is ${shown(value)}: use true or false`);
  }

  text(what: string, value: string | undefined, most: number): void {
    if (value === undefined || Token.isUnresolved(value)) return;
    if (typeof value !== "string") this.refuse(`${what} is ${shown(value)}: use text`);
    if (value.length > most) this.refuse(`${what} has ${value.length} characters: use at most ${most}`);
    if (/\p{Surrogate}/u.test(value)) this.refuse(`${what} is not well-formed Unicode`);
  }

  /** Refuses undefined within a list, which would shorten it: a `null` of other languages comes as that. */
  complete(what: string, value: unknown): void {
    if (Token.isUnresolved(value) || typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      const path = Array.isArray(value) ? `${what}[${name}]` : `${what}.${name}`;
      if (Array.isArray(value) && member === undefined)
        this.refuse(
          `${path} is undefined: use a JSON value (null can be given in TypeScript and JavaScript only)`,
        );
      this.complete(path, member);
    }
  }

  matches(what: string, value: string | undefined, pattern: RegExp, use: string): void {
    if (value === undefined || Token.isUnresolved(value)) return;
    if (typeof value === "string" && pattern.test(value)) return;
    this.refuse(`${what} is ${shown(value)}: use ${use}`);
  }

  /** RFC 3339, with a zone. */
  time(what: string, value: string): void {
    if (Token.isUnresolved(value)) return;
    if (typeof value === "string" && TIME.test(value) && !Number.isNaN(Date.parse(value))) return;
    this.refuse(`${what} is ${shown(value)}: use a time such as "2026-01-31T12:00:00Z"`);
  }
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Also of a duration that is not a whole number of them. */
export const secondsOf = (value: Duration | undefined): number | undefined =>
  value?.toSeconds({ integral: false });

const shown = (value: unknown): string =>
  typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "undefined");

/**
 * Refuses an id that is taken, as the CDK does, but says what to do: Sluice's own parts have ids, too.
 * @throws {Error}
 */
export function checkId(scope: IConstruct, id: string, nameProp: string): void {
  const isOwn = id === "Resource" || id === "Default";
  if (!isOwn && scope.node.tryFindChild(id) === undefined) return;
  new Checks(scope).refuse(
    `the id "${id}" is taken${isOwn ? " by Sluice itself" : ""}: use another id, and give the name as ${nameProp}`,
  );
}

/** Whether something in it is known at deployment only. */
export const hasToken = (value: unknown): boolean =>
  Token.isUnresolved(value) ||
  (typeof value === "object" &&
    value !== null &&
    Object.entries(value).some(([name, member]) => Token.isUnresolved(name) || hasToken(member)));
