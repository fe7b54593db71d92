import {
  type Asking,
  type Owner,
  type Ownership,
  type Standing,
  newOwnership,
  nextOwnership,
  release,
  standing,
  unowned,
} from "../../lib/domain/ownership.js";

const A: Owner = { stackId: "stack-1", logicalId: "A", app: "app-1" };
const B: Owner = { stackId: "stack-1", logicalId: "B", app: "app-1" };
const ELSEWHERE: Owner = { stackId: "stack-2", logicalId: "A", app: "app-1" };
const STRANGER: Owner = { stackId: "stack-3", logicalId: "A", app: "app-2" };

const asking = (owner: Owner, more: Partial<Asking> = {}): Asking => ({
  ...{ owner, requestId: "now", adopts: false, kind: "create", isOlder: false },
  ...more,
});
const ownedBy = (owner: Owner, more: Partial<Ownership> = {}): Ownership => ({
  ...{ owner, since: "before", former: [] },
  ...more,
});

describe("standing", () => {
  type Case = readonly [string, Ownership | undefined, Partial<Asking>, Record<Asking["kind"], Standing>];
  const [yes, no, over] = ["owner", "refused", "takes-over"] as const;
  const CASES: readonly Case[] = [
    ["its own", ownedBy(A), {}, { create: yes, rename: yes, change: yes }],
    ["its app's", ownedBy(B), {}, { create: over, rename: over, change: over }],
    ["its app's in another stack", ownedBy(ELSEWHERE), {}, { create: over, rename: over, change: over }],
    ["another app's", ownedBy(STRANGER), {}, { create: no, rename: no, change: "ousted" }],
    [
      "another app's, to adopt",
      ownedBy(STRANGER),
      { adopts: true },
      { create: over, rename: over, change: over },
    ],
    ["nobody's", undefined, {}, { create: no, rename: no, change: "guest" }],
    ["nobody's, to adopt", undefined, { adopts: true }, { create: over, rename: over, change: over }],
    ["nobody's, an older release's", undefined, { isOlder: true }, { create: no, rename: no, change: over }],
  ];
  it.each(CASES)(
    "GIVEN something that is %s WHEN it is asked for THEN it is decided",
    (_, found, more, expected) => {
      const kinds = ["create", "rename", "change"] as const;
      const decided = kinds.map((kind) => [kind, standing(found, asking(A, { ...more, kind }))]);
      expect(Object.fromEntries(decided)).toEqual(expected);
    },
  );

  it("GIVEN no app on either side WHEN it is asked for THEN they are not taken for the same", () => {
    const [one, other] = [
      { stackId: "stack-1", logicalId: "A" },
      { stackId: "stack-1", logicalId: "B" },
    ];
    expect(standing(ownedBy(one), asking(other))).toBe("refused");
  });
});

describe("what is taken over", () => {
  it("GIVEN another's WHEN it is taken over and back THEN the one before is known each time, once", () => {
    const first = nextOwnership(ownedBy(A), asking(B), "a's");
    expect(first).toEqual({ owner: B, since: "now", former: [{ owner: A, settings: "a's" }] });
    const back = nextOwnership(first, asking(A), "b's");
    expect(back.former).toEqual([{ owner: B, settings: "b's" }]);
  });

  it("GIVEN nobody's WHEN it is adopted THEN that it was nobody's is known; of an older release it was its own", () => {
    expect(nextOwnership(undefined, asking(A, { adopts: true }), "{}").former).toEqual([{ settings: "{}" }]);
    expect(nextOwnership(undefined, asking(A, { kind: "change", isOlder: true }), "{}").former).toEqual([]);
  });

  it("GIVEN its own WHEN the same request comes again THEN nothing changes", () => {
    const made = newOwnership(asking(A));
    expect(nextOwnership(made, asking(A), "{}")).toEqual(made);
  });

  it("GIVEN its own from an earlier time WHEN it is created THEN rolling back gives it back to itself, once", () => {
    const again = nextOwnership(ownedBy(A), asking(A), "{}");
    const given = release(again, A, false);
    expect(given).toMatchObject({ kind: "hand-back", ownership: { owner: A, isKept: true }, settings: "{}" });
    const kept = given.kind === "hand-back" ? given.ownership : undefined;
    expect(release(kept, A, false)).toEqual({ kind: "leave" });
    expect(nextOwnership(kept, asking(A, { kind: "change" }), "{}")).not.toHaveProperty("isKept");
  });

  it("GIVEN former owners WHEN it is changed THEN its own stack's are gone, and others' settings are", () => {
    const former = [{ owner: ELSEWHERE, settings: "x" }, { owner: B, settings: "y" }, { settings: "z" }];
    const next = nextOwnership(ownedBy(A, { former }), asking(A, { kind: "change" }), "{}");
    expect(next.former).toEqual([{ owner: ELSEWHERE }]);
    const renamed = nextOwnership(ownedBy(A, { former }), asking(A, { kind: "rename" }), "{}");
    expect(renamed.former).toEqual(former);
  });

  it("GIVEN many owners one after another WHEN the next comes THEN the item does not grow without end", () => {
    const owners = Array.from({ length: 20 }, (_, at) => ({ ...A, logicalId: `L${at}` }));
    const last = owners.reduce<Ownership | undefined>(
      (found, owner) => nextOwnership(found, asking(owner), "{}"),
      undefined,
    );
    expect(last?.former.map(({ owner }) => owner?.logicalId)).toEqual(["L15", "L16", "L17", "L18"]);
  });
});

describe("release", () => {
  it("GIVEN nobody's WHEN a construct goes THEN only one of an older release deletes it", () => {
    expect(release(undefined, A, false)).toEqual({ kind: "leave" });
    expect(release(undefined, A, true)).toEqual({ kind: "delete" });
  });

  it("GIVEN its own WHEN it goes THEN it is deleted, or goes back to who had it before", () => {
    expect(release(ownedBy(A), A, false)).toEqual({ kind: "delete" });
    const former = [{ owner: STRANGER }, { owner: B, settings: "b's" }];
    expect(release(ownedBy(A, { former }), A, false)).toEqual({
      kind: "hand-back",
      ownership: { owner: B, since: "before", former: [{ owner: STRANGER }] },
      settings: "b's",
    });
    expect(release(ownedBy(A, { former: [{ settings: "api" }] }), A, false)).toEqual({
      kind: "hand-back",
      settings: "api",
    });
  });

  it("GIVEN another's WHEN it goes THEN it is forgotten if it was its own once, and left alone otherwise", () => {
    const found = ownedBy(B, { former: [{ owner: A }, { owner: STRANGER }] });
    const forgotten = { ...found, former: [{ owner: STRANGER }] };
    expect(release(found, A, false)).toEqual({ kind: "forget", ownership: forgotten });
    expect(release(found, ELSEWHERE, true)).toEqual({ kind: "leave" });
  });
});

it("GIVEN something owned WHEN it is passed on THEN its owner is not", () => {
  expect(unowned({ name: "orders", ownership: ownedBy(A) })).toEqual({ name: "orders" });
});
