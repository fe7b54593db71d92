import { type CloudEvent, HTTP } from "cloudevents";
import { type Content, contentOf } from "../../../lib/adapters/https/content.js";
import type { Handed } from "../../../lib/domain/handed.js";
import type { Reader } from "../../../lib/domain/reader.js";
import { HTTPS_DEFAULTS, type HttpsTarget } from "../../../lib/domain/subscription.js";
import { pacedReader } from "../../../lib/operations/push/pacing.js";
import { probing } from "../../../lib/operations/push/pump-reader.js";
import { aHanded, aReader } from "../lambda/a-handed.js";

const target = (format: HttpsTarget["format"]): HttpsTarget => ({
  type: "https",
  url: "https://example.com/",
  ...HTTPS_DEFAULTS,
  format,
});

function posted(format: HttpsTarget["format"], messages: readonly Handed[], maxMessages = 1): Content {
  const to = target(format);
  return contentOf(
    aReader({}, { target: to, batch: { maxMessages, maxBytes: 262_144, windowSeconds: 0 } }),
    to,
    messages,
  );
}

const FULL = aHanded({
  key: "order-7",
  tag: "created",
  businessKey: "7",
  attributes: { region: "eu", count: 3, fraction: 1.5, express: true, "Shipped-By": "dhl" },
  attempt: 2,
  lastError: "it threw",
});
const TRACED = {
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  tracestate: "vendor=1",
};
it.each(["message", "cloudevent"] as const)("shows the publisher's trace in a %s", (format) => {
  const { text } = posted(format, [aHanded(TRACED)]);
  expect(JSON.parse(text)).toMatchObject(TRACED);
  const own = posted(format, [aHanded({ ...TRACED, attributes: { traceparent: "mine" } })]);
  const shown = JSON.parse(own.text) as { traceparent: string; attributes?: { traceparent: string } };
  expect(shown.attributes?.traceparent ?? shown.traceparent).toBe("mine");
});

const EXACT = '{ "n": 12345678901234567890.10, "text": "ü" }';

describe("a body that was uploaded", () => {
  const SHA256 = Buffer.alloc(32, 1);
  const uploaded = { key: "k", sizeBytes: 5e9, keptUntilMs: 1, sha256: SHA256.toString("base64url") };
  const large = aHanded({ body: new Uint8Array(), contentType: "video/mp4", uploaded });
  const bodyUrl = "/v1/messages/orders.t1.0.7/body";

  it("is told of in a message by where it is, and by no body", () => {
    const shown = JSON.parse(posted("message", [large]).text) as object;
    expect(shown).toMatchObject({
      ...{ bodyUrl, bodyBytes: 5e9, bodySha256: SHA256.toString("hex"), contentType: "video/mp4" },
    });
    for (const name of ["body", "bodyBase64", "uploaded"]) expect(shown).not.toHaveProperty(name);
  });

  it("is told of in a CloudEvent by extensions, and by no data", () => {
    const { text, type } = posted("cloudevent", [large]);
    const event = HTTP.toEvent({ headers: { "content-type": type }, body: text }) as CloudEvent<unknown>;
    expect(event.validate()).toBe(true);
    expect(event.toJSON()).toMatchObject({
      ...{ sluicebodyurl: bodyUrl, sluicebodybytes: "5000000000", sluicebodysha256: SHA256.toString("hex") },
    });
    expect(event.data).toBeUndefined();
  });

  it("has no digest where none was promised", () => {
    const { sha256: _, ...unknown } = uploaded;
    for (const format of ["message", "cloudevent"] as const)
      expect(posted(format, [{ ...large, uploaded: unknown }]).text).not.toContain("256");
  });
});

describe("as messages", () => {
  it("is what the API hands out, without a receipt", () => {
    const { id, type, text } = posted("message", [FULL]);
    expect([id, type]).toEqual([FULL.id, "application/json"]);
    expect(JSON.parse(text)).toEqual({
      id: FULL.id,
      contentType: "application/json",
      key: "order-7",
      tag: "created",
      businessKey: "7",
      attributes: FULL.attributes,
      publishedAt: "2026-09-21T14:13:20.000Z",
      attempt: 2,
      firstReceivedAt: "2026-09-21T14:13:20.500Z",
      lastError: "it threw",
      body: { orderId: 7 },
    });
  });

  it("has a JSON body to the last digit, text as text, and bytes in base64", () => {
    const bodies = [aHanded({ body: EXACT }), aHanded({ body: 'a "b"', contentType: "text/plain" })];
    const bytes = aHanded({ body: Uint8Array.of(0, 255), contentType: "image/png" });
    const broken = aHanded({ body: "{", contentType: "application/json" });
    const texts = [...bodies, bytes, broken].map((message) => posted("message", [message]).text);
    expect(texts[0]).toContain(`"body":${EXACT}}`);
    expect(texts[1]).toContain('"body":"a \\"b\\""}');
    expect(texts[2]).toContain('"bodyBase64":"AP8="}');
    expect(texts[3]).toContain('"bodyBase64":"ew=="}');
  });

  it("is a list wherever a batch may have several, even if it has one", () => {
    const two = [aHanded({ id: "a" }), aHanded({ id: "b" })];
    expect(JSON.parse(posted("message", two, 10).text)).toMatchObject({
      messages: [{ id: "a" }, { id: "b" }],
    });
    const one = posted("message", two.slice(1), 10);
    expect(JSON.parse(one.text)).toMatchObject({ messages: [{ id: "b" }] });
    expect(one.id).toBe("b");
  });

  it("has one id for the same batch, and another for any other", () => {
    const [a, b, c] = ["a", "b", "c"].map((id) => aHanded({ id })) as [Handed, Handed, Handed];
    const ids = [
      [a, b],
      [a, b],
      [a, c],
      [b, a],
    ].map((batch) => posted("message", batch, 10).id);
    expect(ids[0]).toMatch(/^batch-[\w-]{32}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
  });
});

/** What the SDK of CloudEvents makes of it; it throws for what is not valid. */
function received({ type, text }: Content): readonly CloudEvent[] {
  const events = HTTP.toEvent({ headers: { "content-type": type }, body: text });
  const all = (Array.isArray(events) ? events : [events]) as CloudEvent[];
  for (const event of all) expect(event.validate()).toBe(true);
  return all;
}

describe("as CloudEvents", () => {
  it("is one in structured mode, with the message's own data", () => {
    const [event, ...others] = received(posted("cloudevent", [FULL]));
    expect(others).toEqual([]);
    expect(JSON.parse(JSON.stringify(event))).toEqual({
      specversion: "1.0",
      id: FULL.id,
      source: "/topics/orders",
      type: "created",
      subject: "order-7",
      time: "2026-09-21T14:13:20.000Z",
      datacontenttype: "application/json",
      data: { orderId: 7 },
      region: "eu",
      count: 3,
      express: true,
      sluiceattributes: '{"fraction":1.5,"Shipped-By":"dhl"}',
      sluiceattempt: 2,
      sluicelasterror: "it threw",
      sluicebusinesskey: "7",
    });
  });

  it("is a list in batched mode wherever a batch may have several", () => {
    const two = [aHanded({ id: "a" }), aHanded({ id: "b", tag: "paid" })];
    expect(received(posted("cloudevent", two, 10)).map(({ id, type }) => [id, type])).toEqual([
      ["a", "sluice.message"],
      ["b", "paid"],
    ]);
    expect(received(posted("cloudevent", two.slice(1), 10)).map(({ id }) => id)).toEqual(["b"]);
  });

  it("has bytes as data_base64, and text as text", () => {
    const [bytes] = received(
      posted("cloudevent", [aHanded({ body: Uint8Array.of(1, 2), contentType: "image/png" })]),
    );
    expect([bytes?.data_base64, bytes?.datacontenttype]).toEqual(["AQI=", "image/png"]);
    const [text] = received(posted("cloudevent", [aHanded({ body: "hello", contentType: "text/plain" })]));
    expect(text?.data).toBe("hello");
  });

  it("keeps attributes that would overwrite its own", () => {
    const attributes = {
      id: "x",
      type: "y",
      data: "z",
      sluiceattempt: 9,
      specversion: "2.0",
      toolong123456789012345: 1,
    };
    const [event] = received(posted("cloudevent", [aHanded({ attributes })]));
    expect(event).toMatchObject({
      id: "orders.t1.0.7",
      type: "sluice.message",
      specversion: "1.0",
      sluiceattempt: 1,
    });
    expect(JSON.parse(String(event?.["sluiceattributes"]))).toEqual(attributes);
  });
});

it.each([
  ["a probe of a breaker", probing, 0],
  ["what a rate limit divides", pacedReader, 1],
  ["a probe of one with a rate limit", (reader: Reader) => pacedReader(probing(reader)), 1],
])(
  "has one shape: %s is a list where the subscription's deliveries are",
  (_, narrowed, rateLimitPerSecond) => {
    const to = target("message");
    const batch = { maxBytes: 262_144, windowSeconds: 0 };
    const shown = (maxMessages: number): unknown => {
      const reader = aReader({}, { target: to, batch: { ...batch, maxMessages }, rateLimitPerSecond });
      return JSON.parse(contentOf(narrowed(reader), to, [aHanded()]).text);
    };
    expect(shown(10)).toMatchObject({ messages: [{ id: aHanded().id }] });
    expect(shown(1)).toMatchObject({ id: aHanded().id });
  },
);
