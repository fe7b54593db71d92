import { Token } from "aws-cdk-lib";

const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** Checks a name at synthesis, rather than in the middle of a deployment. @throws if it is not valid. */
export function checkName(what: string, name: string): string {
  if (!Token.isUnresolved(name) && !NAME.test(name)) {
    throw new Error(`"${name}" is not a ${what} name: use 1 to 80 characters from A-Z a-z 0-9 _ -`);
  }
  return name;
}

/** @throws if `value` is known at synthesis and is not a whole number within `least..most`. */
export function checkWithin(what: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new Error(`${what} is ${value}: use a whole number from ${least} to ${most}`);
}

/** @throws if `value` is known at synthesis and is not within `least..most`. Fractions are allowed. */
export function checkBetween(what: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (value >= least && value <= most) return;
  throw new Error(`${what} is ${value}: use a number from ${least} to ${most}`);
}
