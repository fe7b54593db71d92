import {
  OUTBOX_SHARDS,
  isOutboxName,
  outboxMessageId,
  outboxName,
  outboxShardKey,
  outboxShardOf,
  parseOutboxShardKey,
  writtenAfter,
  writtenAtMs,
  type WrittenAt,
} from "../../lib/domain/outbox.js";
import { parseMessageId } from "../../lib/domain/message-id.js";

const NONCE = "0123456789abcdef";

describe("the outbox", () => {
  it("names messages so that those of one process sort as it wrote them, though its clock goes back", () => {
    // GIVEN
    const clock = [5, 5, 5, 4, 1, 6, 6, 2_000_000_000_000, 7];
    // WHEN
    let last: WrittenAt | undefined;
    const names = clock.map((nowMs, index) => {
      last = writtenAfter(last, nowMs);
      // Chance decides nothing.
      return outboxName(last, String(99 - index).padStart(16, "0"));
    });
    // THEN
    expect([...names].sort()).toEqual(names);
    expect(names.every(isOutboxName)).toBe(true);
    expect(writtenAtMs(names.at(-1) ?? "")).toBe(2_000_000_000_000);
  });

  it("keeps a key's messages in one shard, and spreads keys", () => {
    const shards = Array.from({ length: 200 }, (_, index) => outboxShardOf("orders", `key-${index}`).shard);
    expect(new Set(shards).size).toBe(OUTBOX_SHARDS);
    expect(outboxShardOf("orders", "a")).toEqual(outboxShardOf("orders", "a"));
  });

  it("begins a shard's key with the topic, up to a character that no name has", () => {
    const shard = outboxShardOf("orders", "a");
    expect(outboxShardKey(shard)).toMatch(/^orders#\d+$/);
    expect(parseOutboxShardKey(outboxShardKey(shard))).toEqual(shard);
  });

  it.each(["", "orders", "orders#", "orders#16", "orders#-1", "orders#01", "orders#1#2", "or ders#1", "#1"])(
    "takes %j for no shard",
    (key) => expect(parseOutboxShardKey(key)).toBeUndefined(),
  );

  it("gives ids that no address looks like, and that are safe in a path", () => {
    const id = outboxMessageId({ topic: "orders", name: outboxName({ ms: 1, count: 0 }, NONCE) });
    expect(parseMessageId(id)).toBeUndefined();
    expect(id).toMatch(/^[\w.~-]{1,200}$/);
  });
});
