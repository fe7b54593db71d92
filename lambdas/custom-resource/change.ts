import { isDeepStrictEqual } from "node:util";
import { batchDefaults } from "../../lib/domain/subscription.js";
import { SubscriptionBody } from "../../lib/http/contracts/subscription.js";
import { TopicBody } from "../../lib/http/contracts/topic.js";
import type { Declaration, Declared } from "./request.js";

export interface Change {
  /** The body of a PATCH. */
  readonly body: Declared;
  /** What the person who deploys is told. */
  readonly notes: readonly string[];
}

/** Their fields are settings of their own, and a change may name some of them. */
const GROUPS = ["retry", "batch", "deadLetter"];
/** Only counts on creation. */
const START = "from";

/**
 * The change from what is there to what a template declares. It leaves alone what was changed over the API since the
 * last deployment, unless the template names that very setting. `before` is what the construct declared so far; without
 * it, the construct takes over what it has not made, and only what it names is changed.
 */
export function changeTo(wanted: Declaration, before: Declaration | undefined, there: Declared): Change {
  const named = leavesOf(wanted.settings ?? {});
  const namedBefore = leavesOf(before?.settings ?? {});
  const derived = leavesOf(wanted.derived);
  const derivedBefore = leavesOf(before?.derived ?? {});
  const now = leavesOf(there);
  const defaults = new Map([...defaultsFor(wanted, there), ...derived]);
  const leaves = new Map(named);
  const notes: string[] = [];
  for (const [path, value] of named) {
    const isDeclaredAgain = namedBefore.has(path) && isDeepStrictEqual(namedBefore.get(path), value);
    if (isDeclaredAgain && !covers(now.get(path), value)) {
      const [was, is] = [now.get(path), value].map((one) => JSON.stringify(one ?? null));
      notes.push(`${path} was changed over the API to ${was}, and is ${is} again, as the construct says`);
    }
  }
  for (const [path, value] of namedBefore) {
    const isUntouched = covers(now.get(path), value);
    if (!named.has(path) && isUntouched && defaults.has(path)) leaves.set(path, defaults.get(path));
  }
  for (const [path, value] of derived) {
    if (named.has(path)) continue;
    const last = derivedBefore.get(path);
    const isUntouched = last !== undefined && covers(now.get(path), last);
    if (isUntouched || isLess(now.get(path), value)) leaves.set(path, value);
  }
  return { body: bodyOf(leaves), notes };
}

type Leaves = ReadonlyMap<string, unknown>;

function leavesOf(settings: Declared): Leaves {
  const leaves = new Map<string, unknown>();
  for (const [name, value] of Object.entries(settings)) {
    if (name === START) continue;
    if (GROUPS.includes(name) && typeof value === "object" && value !== null) {
      for (const [field, inner] of Object.entries(value)) leaves.set(`${name}.${field}`, inner);
    } else leaves.set(name, value);
  }
  return leaves;
}

function bodyOf(leaves: Leaves): Declared {
  const body: Record<string, unknown> = {};
  for (const [path, value] of leaves) {
    const [group = "", field] = path.split(".");
    body[group] = field === undefined ? value : { ...(body[group] as Declared | undefined), [field]: value };
  }
  return body;
}

/** The settings that what the template declares would have if it named none. */
function defaultsFor({ names, settings }: Declaration, there: Declared): Leaves {
  if (names.subscription === undefined) return leavesOf({ ...TopicBody.parse({}), schema: null });
  const target = (settings?.["target"] ?? there["target"]) as Parameters<typeof batchDefaults>[0];
  const batch = batchDefaults(target);
  return leavesOf({ ...SubscriptionBody.parse({}), batch, filter: null, target: undefined });
}

/** Whether what is there is what was asked for. A target may have fields that were left to their defaults. */
function covers(there: unknown, asked: unknown): boolean {
  if (!isTarget(asked) || !isTarget(there)) return isDeepStrictEqual(there ?? null, asked ?? null);
  return Object.entries(asked).every(([name, value]) => isSameField(there[name] ?? null, value ?? null));
}

const isTarget = (value: unknown): value is Declared =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

/** URLs are stored as they are called. */
const isSameField = (there: unknown, asked: unknown): boolean =>
  isDeepStrictEqual(there, asked) ||
  (typeof asked === "string" && URL.canParse(asked) && new URL(asked).href === there);

const isLess = (there: unknown, value: unknown): boolean =>
  typeof there === "number" && typeof value === "number" && there < value;
