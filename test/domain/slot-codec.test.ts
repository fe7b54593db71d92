import { brotliCompressSync, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { Packr } from "msgpackr";
import type { MessageContent } from "../../lib/domain/message.js";
import type { Encoding, Slot } from "../../lib/domain/slot.js";
import {
  type EncodedMessages,
  UnreadableSlot,
  checksumOf,
  decodeApart,
  decodeMessages,
  encodeMessages,
  isDecodedApart,
} from "../../lib/domain/slot-codec.js";
import { aSlot } from "../contract/builders.js";

const MEGABYTE = 1_048_576;

const slotOf = (encoded: Omit<EncodedMessages, "bytes">): Slot => aSlot(encoded);
const decoded = ({ bytes, ...rest }: EncodedMessages): readonly MessageContent[] =>
  decodeMessages(slotOf(rest), bytes);
/** Bytes that nobody damaged, whatever they say. */
const whole = (bytes: Uint8Array, fields: Partial<EncodedMessages> = {}): EncodedMessages => ({
  bytes,
  encoding: "msgpack",
  unpackedBytes: 80 * MEGABYTE,
  checksum: checksumOf(bytes),
  count: 1,
  ...fields,
});
const aMessage = (body: string | Uint8Array = "{}"): MessageContent => ({
  body,
  contentType: "application/json",
});

/** One message whose MessagePack has as many bytes: the size of its head depends on that of its body. */
function packedInto(sizeBytes: number): MessageContent[] {
  const packr = new Packr({ useRecords: false, variableMapSize: true });
  const around = packr.pack([aMessage("x".repeat(sizeBytes - 64))]).length - (sizeBytes - 64);
  const messages = [aMessage("x".repeat(sizeBytes - around))];
  expect(packr.pack(messages).length).toBe(sizeBytes);
  return messages;
}

/** Bytes compare as bytes, of whatever class. */
const plain = (messages: readonly MessageContent[]) =>
  messages.map(({ body, ...rest }) => ({ ...rest, body: typeof body === "string" ? body : [...body] }));

function reasonOf(encoded: EncodedMessages): string {
  try {
    decoded(encoded);
    return "readable";
  } catch (error) {
    return error instanceof UnreadableSlot ? error.reason : String(error);
  }
}

describe("messages of a slot", () => {
  it("come back as they went in, whatever they hold", () => {
    const text = fc.string({ unit: "grapheme" });
    // JSON has no negative zero, so none comes in over the wire.
    const number = fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0));
    const message = fc.record(
      {
        body: fc.oneof(text, fc.uint8Array({ maxLength: 2_000 })),
        contentType: text,
        key: text,
        tag: text,
        attributes: fc.dictionary(
          fc.stringMatching(/^[A-Za-z][\w.-]{0,20}$/),
          fc.oneof(text, fc.boolean(), number, fc.integer(), fc.maxSafeInteger()),
        ),
        businessKey: text,
        publishedBy: text,
        traceparent: text,
        tracestate: text,
        givenId: text,
        expiresAtMs: fc.nat(9_000_000_000_000),
      },
      { requiredKeys: ["body", "contentType"] },
    );
    return fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), async (messages) => {
        const encoded = await encodeMessages(messages);
        expect(encoded.count).toBe(messages.length);
        expect(plain(decoded(encoded))).toEqual(plain(messages));
      }),
    );
  });

  it("keep text as text and bytes as bytes", async () => {
    const [text, bytes] = decoded(await encodeMessages([aMessage("1"), aMessage(new Uint8Array([49]))]));
    expect(typeof text?.body).toBe("string");
    expect(typeof bytes?.body).not.toBe("string");
  });

  it("are compressed where that makes them smaller", async () => {
    const encoded = await encodeMessages(Array.from({ length: 100 }, () => aMessage('{"order":4711}')));
    expect(encoded.encoding).toBe("msgpack+deflate");
    expect(encoded.bytes.length).toBeLessThan(100 * 14);
  });

  it("are left alone where there is little of them, or no order in them", async () => {
    const noise = Uint8Array.from(
      { length: 5_000 },
      (_, at) => (Math.imul(at ^ 0x5bd1, 0x9e3779b1) >>> 11) % 256,
    );
    expect((await encodeMessages([aMessage()])).encoding).toBe("msgpack");
    expect(decoded(await encodeMessages([aMessage(noise)]))[0]?.body).toEqual(noise);
  });

  it.each<[string, number, Encoding]>([
    ["255 bytes", 255, "msgpack"],
    ["256 bytes", 256, "msgpack+deflate"],
    ["32 KB", 32_768, "msgpack+deflate"],
    ["more than 32 KB", 32_769, "msgpack+brotli"],
    ["as much as is unpacked", 64 * MEGABYTE, "msgpack+brotli"],
    ["more than is unpacked", 64 * MEGABYTE + 1, "msgpack"],
  ])("are readable where they take %s", async (_what, sizeBytes, encoding) => {
    const messages = packedInto(sizeBytes);
    const encoded = await encodeMessages(messages);
    expect(encoded.encoding).toBe(encoding);
    // Not by the text itself: a difference would be printed.
    expect(decoded(encoded)[0]?.body === messages[0]?.body).toBe(true);
  });

  it.each([
    [32_769, true],
    [32_768, false],
  ])("of %d bytes are unpacked in another thread: %s", async (sizeBytes, isApart) => {
    const messages = packedInto(sizeBytes);
    const { bytes, ...rest } = await encodeMessages(messages);
    expect(isDecodedApart(slotOf(rest))).toBe(isApart);
    if (isApart) expect((await decodeApart(slotOf(rest), bytes))[0]?.body === messages[0]?.body).toBe(true);
  });

  it.each([
    ["more than the slot says", { unpackedBytes: 40_000 }, "undecodable"],
    ["another count than the slot says", { count: 2 }, "undecodable"],
    ["another checksum than the slot says", { checksum: "x".repeat(22) }, "checksum-mismatch"],
  ])("are not readable in another thread where they have %s", async (_what, fields, reason) => {
    const { bytes, ...rest } = await encodeMessages(packedInto(100_000));
    const reading = decodeApart({ ...slotOf(rest), ...fields }, bytes);
    await expect(reading).rejects.toMatchObject({ name: "UnreadableSlot", reason });
  });

  it("are not readable in another thread where the bytes are no brotli", async () => {
    const bytes = Uint8Array.from({ length: 1_000 }, (_, at) => at % 251);
    const slot = slotOf(whole(bytes, { encoding: "msgpack+brotli", unpackedBytes: 100_000 }));
    await expect(decodeApart(slot, bytes)).rejects.toMatchObject({ reason: "undecodable" });
  });

  it.each([
    { what: "left alone", messages: [aMessage()] },
    { what: "compressed", messages: Array.from({ length: 100 }, () => aMessage('{"order":4711}')) },
  ])("have as many bytes unpacked as the slot says where they are $what", async ({ messages }) => {
    const packr = new Packr({ useRecords: false, variableMapSize: true });
    expect((await encodeMessages(messages)).unpackedBytes).toBe(packr.pack(messages).length);
  });

  it("are plain MessagePack, for any reader of the format", async () => {
    const { bytes } = await encodeMessages([{ ...aMessage("[1]"), key: "k", attributes: { a: 1 } }]);
    const reader = new Packr({ useRecords: false });
    expect(reader.unpack(bytes)).toEqual([
      { body: "[1]", contentType: "application/json", key: "k", attributes: { a: 1 } },
    ]);
    // fixarray of one, fixmap of four
    expect([...bytes.subarray(0, 2)]).toEqual([0x91, 0x84]);
  });
});

describe("a slot that cannot be read", () => {
  const pack = (value: unknown): Uint8Array => new Packr({ useRecords: false }).pack(value);

  it("says so when any bit of it was changed, or its end is missing", async () => {
    const encoded = await encodeMessages(Array.from({ length: 50 }, (_, at) => aMessage(`{"order":${at}}`)));
    fc.assert(
      fc.property(fc.nat(encoded.bytes.length - 1), fc.nat(7), (at, bit) => {
        const damaged = Uint8Array.from(encoded.bytes);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        expect(reasonOf({ ...encoded, bytes: damaged })).toBe("checksum-mismatch");
      }),
    );
    expect(reasonOf({ ...encoded, bytes: encoded.bytes.subarray(0, -1) })).toBe("checksum-mismatch");
    expect(reasonOf({ ...encoded, bytes: new Uint8Array() })).toBe("checksum-mismatch");
  });

  it.each<[string, () => EncodedMessages | Promise<EncodedMessages>]>([
    ["is no MessagePack", () => whole(new Uint8Array([0xc1, 0xff]))],
    ["is empty", () => whole(new Uint8Array())],
    ["is no list", () => whole(pack({ body: "{}" }))],
    ["has more bytes behind the list", () => whole(Buffer.concat([pack([aMessage()]), pack(1)]))],
    ["has fewer messages than it says", () => whole(pack([aMessage()]), { count: 2 })],
    ["has more messages than it says", () => whole(pack([aMessage(), aMessage()]), { count: 1 })],
    ["is not deflated as it says", () => whole(pack([aMessage()]), { encoding: "msgpack+deflate" })],
    ["is not packed with Brotli as it says", () => whole(pack([aMessage()]), { encoding: "msgpack+brotli" })],
    [
      "says that it is deflated, and is packed with Brotli",
      () => whole(brotliCompressSync(pack([aMessage()])), { encoding: "msgpack+deflate" }),
    ],
    [
      "has more bytes than it says",
      () => whole(pack([aMessage()]), { unpackedBytes: pack([aMessage()]).length - 1 }),
    ],
    [
      "inflates to more than it says",
      async () => {
        const encoded = await encodeMessages([aMessage("x".repeat(1_000))]);
        return { ...encoded, unpackedBytes: encoded.unpackedBytes - 1 };
      },
    ],
    [
      "is a bomb of Brotli",
      () =>
        whole(brotliCompressSync(pack([aMessage("x".repeat(65 * MEGABYTE))])), {
          encoding: "msgpack+brotli",
        }),
    ],
    [
      "is a bomb",
      () =>
        whole(deflateRawSync(pack([aMessage("x".repeat(65 * MEGABYTE))])), { encoding: "msgpack+deflate" }),
    ],
  ])("is undecodable if it %s", async (_what, bad) => {
    expect(reasonOf(await bad())).toBe("undecodable");
  });

  it("keeps the cause of it", () => {
    const bad = whole(new Uint8Array([1, 2, 3]), { encoding: "msgpack+deflate" });
    expect(() => decoded(bad)).toThrow(
      expect.objectContaining({ name: "UnreadableSlot", cause: expect.anything() }),
    );
  });
});

it("a checksum is 22 characters of the bytes' SHA-256", () => {
  expect(checksumOf(new Uint8Array())).toBe("47DEQpj8HBSa-_TImW-5JC");
  expect(checksumOf(Buffer.from("abc"))).toHaveLength(22);
});
