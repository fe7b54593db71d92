import type { Matcher } from "./matcher.js";

/** The parts of a message that a filter can look at. */
export type Root = "key" | "tag" | "attributes" | "body";

/** A path of a filter: `body.total` is `total` below `body`. */
export interface FilterPath {
  readonly text: string;
  readonly root: Root;
  readonly steps: readonly string[];
}

const ATTRIBUTE = /^[A-Za-z0-9_.-]{1,128}$/;
const ROOTS: readonly string[] = ["key", "tag", "attributes", "body"];
/** Names that a rule of EventBridge begins with: whoever pastes one is told where it goes. */
const EVENT_FIELDS = new Set(["source", "detail", "detail-type", "account", "region", "resources", "time"]);

/** Joins the names of a nested filter, as EventBridge does. Or says why no message has such a path. */
export function pathOf(names: readonly string[]): FilterPath | { readonly wrong: string } {
  const text = names.join(".");
  const [root = "", ...steps] = text.split(".");
  if (!isRoot(root)) {
    const hint = EVENT_FIELDS.has(root) ? `; an EventBridge pattern goes under "body"` : "";
    return { wrong: `is not a part of a message: use key, tag, attributes.NAME or body.PATH${hint}` };
  }
  if (root === "attributes") {
    const name = steps.join(".");
    if (name === "") return { wrong: "must name an attribute: attributes.NAME" };
    if (!ATTRIBUTE.test(name)) return { wrong: "cannot be an attribute: use A-Z a-z 0-9 _ . - in its name" };
    return { text, root, steps: [name] };
  }
  if (root !== "body" && steps.length > 0) return { wrong: `is below the ${root}, which is text` };
  return { text, root, steps };
}

const isRoot = (name: string): name is Root => ROOTS.includes(name);

/** Says why a matcher never matches at this part of a message. */
export function typeProblem(root: Root, { type }: Matcher): string | undefined {
  if (root === "body" || type === "any" || type === "text") return undefined;
  if (root === "attributes") {
    return type === "null" ? "never matches: an attribute is text, a number, or true or false" : undefined;
  }
  return `never matches: the ${root} is text`;
}
