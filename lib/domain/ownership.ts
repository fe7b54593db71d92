/**
 * The construct that a topic or a subscription belongs to: a resource of a CloudFormation stack. Only its owner deletes
 * it (docs/decisions/0042-who-made-it-owns-it.md).
 */
export interface Owner {
  readonly stackId: string;
  readonly logicalId: string;
  /** The app that declares it. Two constructs of one app and one name are refused as it is synthesized. */
  readonly app?: string;
  /** The construct's path, for people. */
  readonly path?: string;
}

/** Who had it before; without an owner, it was made over the API. */
export interface FormerOwner {
  readonly owner?: Owner;
  /** JSON of the settings as they were then; for as long as the deployment that took it over may be rolled back. */
  readonly settings?: string;
}

export interface Ownership {
  readonly owner: Owner;
  /** The request by which it became the owner's. */
  readonly since: string;
  /** The one before is last. */
  readonly former: readonly FormerOwner[];
  /** Set where its construct gave it back to itself: a deletion that is repeated must not take it after all. */
  readonly isKept?: true;
  /** How many partitions its construct declared before it last asked for more: it may go back to that. */
  readonly partitionsBefore?: number;
}

/** A request to create or change it. */
export interface Asking {
  readonly owner: Owner;
  readonly requestId: string;
  /** Whether the construct says that it takes over what it has not made. */
  readonly adopts: boolean;
  /** `create`; `rename`: the construct had another one so far; `change`: it had this one. */
  readonly kind: "create" | "rename" | "change";
  /** Whether the construct was deployed so far by a release that noted no owners. */
  readonly isOlder: boolean;
}

/**
 * `owner`: it is the construct's. `takes-over`: it becomes the construct's. `guest`: the construct changes it, but does
 * not own it, because it was made over the API since. `ousted`: somebody else took it over, and it is left alone.
 * `refused`: it is somebody else's. What the construct had so far is never refused: a rollback has to succeed.
 */
export type Standing = "owner" | "takes-over" | "guest" | "ousted" | "refused";

const FORMER_AT_MOST = 4;

export const isSameOwner = (a: Owner | undefined, b: Owner): boolean =>
  a?.stackId === b.stackId && a.logicalId === b.logicalId;

/** What `asking` may do with something that is there, and that `found` owns. */
export function standing(found: Ownership | undefined, asking: Asking): Standing {
  const { owner, adopts, kind, isOlder } = asking;
  if (found && isSameOwner(found.owner, owner)) return "owner";
  if (adopts) return "takes-over";
  if (!found) return kind === "change" ? (isOlder ? "takes-over" : "guest") : "refused";
  if (owner.app !== undefined && found.owner.app === owner.app) return "takes-over";
  return kind === "change" ? "ousted" : "refused";
}

/** The ownership of what `asking` makes. */
export const newOwnership = ({ owner, requestId }: Asking): Ownership => ({
  owner,
  since: requestId,
  former: [],
});

/**
 * The ownership once `asking` has changed it, whose standing is `owner` or `takes-over`. `settings` is JSON of what it
 * finds.
 */
export function nextOwnership(found: Ownership | undefined, asking: Asking, settings: string): Ownership {
  const { owner, requestId, kind, isOlder } = asking;
  if (found && isSameOwner(found.owner, owner)) {
    const wasThere = kind === "create" && found.since !== requestId;
    // A construct that is added again finds what it left behind: rolling that back must not delete it.
    const former = wasThere ? [...found.former, { owner, settings }] : found.former;
    const { isKept: _, ...others } = found;
    return {
      ...others,
      owner: { ...found.owner, ...owner },
      since: kind === "create" ? requestId : found.since,
      former: kind === "change" ? afterDeployment(former, owner) : lastOf(former),
    };
  }
  const others = (found?.former ?? []).filter((former) => !isSameOwner(former.owner, owner));
  const before: readonly FormerOwner[] = found
    ? [{ owner: found.owner, settings }]
    : kind === "change" && isOlder
      ? []
      : [{ settings }];
  return { owner, since: requestId, former: lastOf([...others, ...before]) };
}

const lastOf = (former: readonly FormerOwner[]): readonly FormerOwner[] => former.slice(-FORMER_AT_MOST);

/**
 * A change shows that the deployment is over by which its owner got it: that one is not rolled back any more. Its own
 * stack's former owners are gone; those of other stacks may still be there, but not their settings.
 */
const afterDeployment = (former: readonly FormerOwner[], { stackId }: Owner): readonly FormerOwner[] =>
  former.flatMap(({ owner }) => (owner && owner.stackId !== stackId ? [{ owner }] : []));

/** What the deletion of a construct does to what it had. */
export type Release =
  | { readonly kind: "delete" }
  /** It was taken over by a deployment that is rolled back, or is another stack's as well. */
  | { readonly kind: "hand-back"; readonly ownership?: Ownership; readonly settings?: string }
  /** It is somebody else's now, and never comes back. */
  | { readonly kind: "forget"; readonly ownership: Ownership }
  | { readonly kind: "leave" };

/** `isOlder`: the construct was deployed by a release that noted no owners. */
export function release(found: Ownership | undefined, owner: Owner, isOlder: boolean): Release {
  if (!found) return { kind: isOlder ? "delete" : "leave" };
  if (isSameOwner(found.owner, owner)) {
    if (found.isKept) return { kind: "leave" };
    const last = found.former.at(-1);
    if (!last) return { kind: "delete" };
    const settings = last.settings === undefined ? {} : { settings: last.settings };
    if (!last.owner) return { kind: "hand-back", ...settings };
    const former = found.former.slice(0, -1);
    const kept = isSameOwner(last.owner, owner) ? { isKept: true as const } : {};
    const ownership = { owner: last.owner, since: found.since, former, ...kept };
    return { kind: "hand-back", ownership, ...settings };
  }
  const former = found.former.filter((one) => !isSameOwner(one.owner, owner));
  return former.length < found.former.length
    ? { kind: "forget", ownership: { ...found, former } }
    : { kind: "leave" };
}

/** Something that may have an owner. */
export interface Ownable {
  readonly ownership?: Ownership;
}

/**
 * Decides inside a write, on what the write replaces, whom that belongs to from then on; undefined: to nobody.
 * `settings` is JSON of what is there. "lost": the write must not be done, because its owner has changed meanwhile.
 */
export type Claim = (found: Ownership | undefined, settings: string) => Ownership | undefined | "lost";

/** Without its owner, whom nobody asks for who delivers or receives. */
export const unowned = <T extends Ownable>({ ownership: _, ...others }: T): Omit<T, "ownership"> => others;
