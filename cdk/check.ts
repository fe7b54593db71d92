import { Token } from "aws-cdk-lib";

const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** @throws what is wrong with the name of a `what`, at synthesis rather than in the middle of a deployment. */
export function checkName(what: string, name: string): string {
  if (!Token.isUnresolved(name) && !NAME.test(name)) {
    throw new Error(`"${name}" cannot name a ${what}: use 1 to 80 of A-Z a-z 0-9 _ -`);
  }
  return name;
}

/** @throws if `value` is known and lies outside of `least..most`. */
export function checkWithin(what: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (value < least || value > most) throw new Error(`${what} is ${value}: use ${least} to ${most}`);
}
