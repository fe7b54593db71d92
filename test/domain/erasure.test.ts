import {
  EXPIRED_LONG_AGO_MS,
  erasedContent,
  rewrittenSlot,
  withoutContent,
} from "../../lib/domain/erasure.js";
import type { MessageContent } from "../../lib/domain/message.js";
import { encodeHeader, headerOf } from "../../lib/domain/slot-header.js";
import { decodeMessages, encodeMessages } from "../../lib/domain/slot-codec.js";
import { aSlot } from "../contract/builders.js";

const BY = { atMs: 1_000, by: "arn:ada" };
const whole: MessageContent = {
  body: '{"amount": 12.50}',
  contentType: "application/json",
  ...{ key: "ada", tag: "created", attributes: { n: 1.5, region: "eu" }, businessKey: "7", dedupId: "d-1" },
  ...{ publishedBy: "arn:shop", traceparent: "00-1", tracestate: "a=b" },
};

it("leaves nothing of an erased message but its given id, and who erased it when", () => {
  expect(erasedContent({ ...whole, givenId: "orders.1-n" }, BY)).toEqual({
    ...{ body: "", contentType: "text/plain", expiresAtMs: EXPIRED_LONG_AGO_MS },
    ...{ givenId: "orders.1-n", erased: BY },
  });
  expect(Object.keys(erasedContent(whole, BY)).sort()).toEqual([
    "body",
    "contentType",
    "erased",
    "expiresAtMs",
  ]);
});

it("leaves neighbours as they are, with what a newer release added, through an encoding and back", async () => {
  const newer = { ...whole, body: new Uint8Array([0, 255, 7]), later: { field: ["ü", 2 ** 52] } };
  const before = await stored([newer, whole, { ...whole, expiresAtMs: 2 ** 42 + 1 }]);
  const read = decodeMessages(before, before.content.bytes);
  const after = await stored(withoutContent(read, 1, BY));
  const readAgain = decodeMessages(after, after.content.bytes);
  expect([readAgain[0], readAgain[2]]).toEqual([read[0], read[2]]);
  expect(readAgain[1]).toEqual(erasedContent(whole, BY));
});

async function stored(messages: readonly MessageContent[]) {
  const { bytes, ...encoded } = await encodeMessages(messages);
  return { ...aSlot(), ...encoded, content: { kind: "inline" as const, bytes } };
}

describe("a slot of which a message was erased", () => {
  const rewritten = async (header: ReturnType<typeof encodeHeader>, ...messages: MessageContent[]) => {
    const before = { ...(await stored(messages)), header };
    const left = withoutContent(messages, 0, BY);
    const encoded = await encodeMessages(left);
    return {
      before,
      after: rewrittenSlot(before, left, encoded, { kind: "inline", bytes: encoded.bytes }),
    };
  };

  it("keeps its place, count, times and nonce, and has another checksum", async () => {
    const { before, after } = await rewritten({ kind: "none" }, whole, whole);
    const { base, count, nonce, publishedAtMs, expiresAtMs } = before;
    expect(after).toMatchObject({ base, count, nonce, publishedAtMs, expiresAtMs });
    expect(after.checksum).not.toBe(before.checksum);
  });

  it("tells in its header that the message has expired, and of its neighbours what it told", async () => {
    const { after } = await rewritten(encodeHeader([whole, whole], 1_000), whole, whole);
    const { key, tag, attributes } = whole;
    expect(headerOf(after)).toEqual([{ expiresAtMs: EXPIRED_LONG_AGO_MS }, { key, tag, attributes }]);
  });

  it("has no header where there was no room for one", async () => {
    const { after } = await rewritten({ kind: "left-out" }, whole);
    expect(after.header).toEqual({ kind: "left-out" });
  });
});
