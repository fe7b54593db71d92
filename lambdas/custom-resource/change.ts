import { isDeepStrictEqual } from "node:util";
import { SCHEDULE_DEFAULTS } from "../../lib/domain/schedule.js";
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
    if (isDeclaredAgain && !covers(now.get(path), value, path)) {
      notes.push(noteOf(path, now.get(path), value));
    }
  }
  for (const [path, value] of namedBefore) {
    const isUntouched = covers(now.get(path), value, path);
    if (!named.has(path) && isUntouched && defaults.has(path)) leaves.set(path, defaults.get(path));
  }
  for (const [path, value] of derived) {
    if (named.has(path)) continue;
    const last = derivedBefore.get(path);
    const isUntouched = last !== undefined && covers(now.get(path), last, path);
    if (isUntouched || isLess(now.get(path), value)) leaves.set(path, value);
  }
  return { body: bodyOf(leaves), notes };
}

/** Nothing of a message is told: notes are logged. */
function noteOf(path: string, ...values: readonly unknown[]): string {
  if (path === "message") return "message was changed over the API, and is again as the construct says";
  const [was, is] = values.map((one) => JSON.stringify(one ?? null));
  return `${path} was changed over the API to ${was}, and is ${is} again, as the construct says`;
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
  if (names.schedule !== undefined) return leavesOf(SCHEDULE_DEFAULTS);
  if (names.subscription === undefined) return leavesOf({ ...TopicBody.parse({}), schema: null });
  const target = (settings?.["target"] ?? there["target"]) as Parameters<typeof batchDefaults>[0];
  const batch = batchDefaults(target);
  return leavesOf({ ...SubscriptionBody.parse({}), batch, filter: null, target: undefined });
}

/** Whether what is there is what was asked for. What a target or a message leaves out has defaults. */
function covers(there: unknown, asked: unknown, path: string): boolean {
  if (!isDeclared(asked) || !isDeclared(there)) return isDeepStrictEqual(there ?? null, asked ?? null);
  if (path === "target")
    return Object.entries(asked).every(([name, value]) => isSameField(there[name] ?? null, value ?? null));
  return path === "message" ? hasMessage(there, asked) : isDeepStrictEqual(there, asked);
}

const isDeclared = (value: unknown): value is Declared => typeof value === "object" && value !== null;

/** Bytes that are text or JSON are shown as such. */
function hasMessage(there: Declared, { bodyBase64, ...asked }: Declared): boolean {
  const fields = Object.entries(asked).every(([name, value]) => isDeepStrictEqual(there[name], value));
  if (!fields || typeof bodyBase64 !== "string") return fields;
  const { body } = there;
  const text = Buffer.from(bodyBase64, "base64").toString();
  return there["bodyBase64"] === bodyBase64 || body === text || JSON.stringify(body) === text;
}

/** URLs are stored as they are called. */
const isSameField = (there: unknown, asked: unknown): boolean =>
  isDeepStrictEqual(there, asked) ||
  (typeof asked === "string" && URL.canParse(asked) && new URL(asked).href === there);

const isLess = (there: unknown, value: unknown): boolean =>
  typeof there === "number" && typeof value === "number" && there < value;
