import { type Collecting, isCollected, isCollecting, joins } from "../../lib/domain/collecting.js";
import type { Doorbell } from "../../lib/domain/pump-start.js";
import { encodeHeader } from "../../lib/domain/slot-header.js";
import type { MessageContent } from "../../lib/domain/message.js";

const NOW_MS = 1_000_000;
const topic = { name: "orders", uid: "u" };
const subscription = { version: 3 };
const collecting: Collecting = {
  untilMs: NOW_MS + 30_000,
  version: 3,
  rooms: [{ partition: 2, below: 110, bytesEach: 500 }],
};

const aBell = (more: Partial<Doorbell> = {}): Doorbell => ({
  ...{ topic, partition: 2, end: 110 },
  slot: { header: { kind: "none" }, count: 2, unpackedBytes: 1_000 },
  ...more,
});
const headerOf = (...messages: readonly Partial<MessageContent>[]) =>
  encodeHeader(
    messages.map((one) => ({ body: "", contentType: "text/plain", ...one })),
    1_000,
  );
const join = (bell: Doorbell, nowMs = NOW_MS, version = 3) => joins(collecting, { version }, [bell], nowMs);

describe("a doorbell while a delivery is collected", () => {
  it("wakes nobody if what rang leaves room for more", () => {
    expect(join(aBell())).toBe(true);
  });

  it.each<[string, Doorbell]>([
    ["may fill it by count", aBell({ end: 111 })],
    ["may fill it by bytes", aBell({ slot: { header: { kind: "none" }, count: 2, unpackedBytes: 1_001 } })],
    ["is of another partition", aBell({ partition: 1 })],
    [
      "does not say where it ends",
      { topic, partition: 2, slot: { header: { kind: "none" }, count: 1, unpackedBytes: 1 } },
    ],
    ["does not say how large it is", aBell({ slot: { header: { kind: "none" }, count: 2 } })],
    [
      "does not show when it expires",
      aBell({ slot: { header: { kind: "left-out" }, count: 2, unpackedBytes: 9 } }),
    ],
    [
      "expires before long",
      aBell({ slot: { header: headerOf({ expiresAtMs: NOW_MS + 39_000 }, {}), count: 2, unpackedBytes: 9 } }),
    ],
  ])("has a pump started if what rang %s", (_, bell) => {
    expect(join(bell)).toBe(false);
  });

  it("wakes nobody for what expires long after the window", () => {
    const header = headerOf({ expiresAtMs: NOW_MS + 41_000 }, {});
    expect(join(aBell({ slot: { header, count: 2, unpackedBytes: 9 } }))).toBe(true);
  });

  it("has one started for other settings, once the window is over, and where no window is that long", () => {
    expect(join(aBell(), NOW_MS, 4)).toBe(false);
    expect(join(aBell(), NOW_MS + 30_000)).toBe(false);
    expect(join(aBell(), NOW_MS - 400_000)).toBe(false);
  });

  it("has one started if one of several does not join", () => {
    expect(joins(collecting, subscription, [aBell(), aBell({ end: 111 })], NOW_MS)).toBe(false);
  });
});

it("counts what lies ahead as collected as far as there is room", () => {
  expect(isCollected(collecting, subscription, [{ partition: 2, end: 110 }], NOW_MS)).toBe(true);
  expect(isCollected(collecting, subscription, [{ partition: 2, end: 111 }], NOW_MS)).toBe(false);
  expect(isCollected(collecting, subscription, [{ partition: 1, end: 1 }], NOW_MS)).toBe(false);
  expect(isCollected(collecting, subscription, [], collecting.untilMs)).toBe(false);
});

it.each([null, 1, {}, { untilMs: 1, version: 1 }, { untilMs: 1, version: 1, rooms: [{ partition: 1 }] }])(
  "is not read from %j",
  (value) => {
    expect(isCollecting(value)).toBe(false);
  },
);
