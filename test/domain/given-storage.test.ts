import { type TableLook, unfitBucket, unfitTable } from "../../lib/domain/given-storage.js";
import { SEGMENT_CLASSES_DAYS, segmentPrefix } from "../../lib/domain/segment-key.js";

const ARN = "arn:aws:dynamodb:eu-central-1:111111111111:table/log/stream/2";
const LOG: TableLook = {
  ...{ name: "restored", key: "pk S, base N", ttlAttribute: "expiresAt" },
  stream: { viewType: "NEW_IMAGE", arn: ARN },
};
const without = (name: keyof TableLook): TableLook =>
  Object.fromEntries(Object.entries(LOG).filter(([key]) => key !== name)) as unknown as TableLook;
const FITS = { faults: [], notes: [] };

it("takes tables as the construct makes them", () => {
  expect(unfitTable("log", LOG, ARN)).toEqual(FITS);
  const both = { ...LOG, stream: { viewType: "NEW_AND_OLD_IMAGES", arn: ARN } };
  expect(unfitTable("log", both, ARN)).toEqual(FITS);
  expect(unfitTable("state", { ...without("stream"), key: "pk S, sk S" }, undefined)).toEqual(FITS);
  expect(unfitTable("outbox", { ...LOG, key: "pk S, sk S" }, ARN)).toEqual(FITS);
});

it.each([
  ["another table", { ...LOG, key: "pk S, sk S" }, "has the key pk S, sk S, not pk S, base N"],
  ["one without a stream", without("stream"), "has no stream: turn it on with new images"],
  [
    "one whose stream has keys only",
    { ...LOG, stream: { viewType: "KEYS_ONLY", arn: ARN } },
    "has a stream of KEYS_ONLY",
  ],
  [
    "one whose stream is another by now",
    { ...LOG, stream: { viewType: "NEW_IMAGE", arn: "arn:3" } },
    `has the stream arn:3, and was imported with ${ARN}`,
  ],
  [
    "one whose TTL is on another attribute",
    { ...LOG, ttlAttribute: "ttl" },
    "has TTL on ttl, and it needs expiresAt",
  ],
] as const)("GIVEN %s THEN it says what does not fit, and what to do", (_, look, text) => {
  const { faults, notes } = unfitTable("log", look, ARN);
  expect([faults.length, notes]).toEqual([1, []]);
  expect(faults[0]).toContain("table restored, which was given as the log, ");
  expect(faults[0]).toContain(text);
});

it("GIVEN a table without TTL THEN that is noted: it works", () => {
  const { faults, notes } = unfitTable("log", without("ttlAttribute"), ARN);
  expect([faults, notes]).toEqual([[], [expect.stringContaining("Turn it on for expiresAt")]]);
});

describe("a bucket", () => {
  const RULES = SEGMENT_CLASSES_DAYS.map((days) => ({ prefix: segmentPrefix(days), days }));
  const BUCKET = { name: "kept", isVersioned: false, expirations: RULES };

  it("fits as the construct makes it, and where one rule keeps all for long", () => {
    expect(unfitBucket(BUCKET)).toEqual(FITS);
    expect(unfitBucket({ ...BUCKET, expirations: [{ prefix: "", days: 740 }] })).toEqual(FITS);
  });

  it("GIVEN a rule that deletes too soon THEN that loses messages", () => {
    const { faults } = unfitBucket({
      ...BUCKET,
      expirations: [...RULES, { prefix: "segments/", days: 460 }],
    });
    expect(faults.map((fault) => /segments\/\d+d\//.exec(fault)?.[0])).toEqual([
      "segments/550d/",
      "segments/740d/",
    ]);
  });

  it("GIVEN no rule for a class, or versions THEN that is noted", () => {
    const { faults, notes } = unfitBucket({ name: "kept", isVersioned: true, expirations: RULES.slice(1) });
    expect(faults).toEqual([]);
    expect(notes).toEqual([
      expect.stringContaining("never deletes segments/1d/:"),
      expect.stringContaining("is versioned"),
    ]);
  });
});
