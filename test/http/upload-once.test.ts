import { createHash } from "node:crypto";
import { ORDERS, anApiWithTopic } from "./an-api.js";
import { LARGE, publish, receive, uploaded } from "./an-upload.js";

const KEYED = { "idempotency-key": "one" };

describe("a large body that was uploaded", () => {
  it("is stored once, however often its publish is repeated, with a dedupId and without", async () => {
    const api = await anApiWithTopic();
    for (const more of [{}, { dedupId: "d" }]) {
      const uploadId = await uploaded(api, LARGE);
      const results = [await publish(api, { uploadId, ...more }), await publish(api, { uploadId, ...more })];
      expect(results[1]?.messages[0]).toEqual({ ...results[0]?.messages[0], deduplicated: true });
    }
    expect(await receive(api)).toHaveLength(2);
  });

  it.each([
    ["at once", {}],
    ["later", { delaySeconds: 60 }],
  ])("is one message's, published %s under whatever dedupIds, which says so", async (_, more) => {
    // GIVEN
    const api = await anApiWithTopic();
    const uploadId = await uploaded(api, LARGE);
    const message = { topic: "orders", uploadId, dedupId: "d", ...more };
    // WHEN
    const [first] = (await publish(api, { uploadId, dedupId: "a", ...more })).messages;
    const repeats = [
      await publish(api, { uploadId, dedupId: "b", ...more }),
      await publish(api, { body: 1, dedupId: "a" }, { uploadId, dedupId: "c", ...more }),
      await publish(api, { uploadId, ...more }),
    ];
    const atomically = api.send("POST", "/v1/publish", { messages: [message], atomic: true });
    // A try that is refused pauses before the next.
    await api.clock.advance(5_000);
    repeats.push((await atomically).body);
    // THEN
    for (const one of repeats.flatMap(({ messages }) => messages))
      expect(one).toEqual({ ...first, deduplicated: true });
    await api.send("POST", `/v1/messages/${first?.id}/erase`);
    expect([...api.storage.segments.keys()]).toEqual([]);
  });

  it("is the same, uploaded anew under one key by its digest; other bytes, or any without one, are not", async () => {
    // GIVEN
    const api = await anApiWithTopic();
    const sha256Of = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    const send = async (uploadId: string) =>
      (await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 1 }, { uploadId }] }, KEYED)).body;
    const upload = async (bytes: Buffer) => await uploaded(api, bytes, { sha256: sha256Of(bytes) });
    const first = await send(await upload(LARGE));
    // WHEN
    const again = await send(await upload(LARGE));
    const other = await send(await upload(Buffer.alloc(LARGE.length, "another ")));
    const unknown = await send(await uploaded(api, LARGE));
    // THEN
    expect(again).toEqual(first);
    expect([other, unknown]).toMatchObject([
      { code: "idempotency-key-reused" },
      { code: "idempotency-key-reused" },
    ]);
    expect(await receive(api)).toHaveLength(2);
  });

  it("is stored once in a topic that looks at no dedupIds, and once in a batch that names it twice", async () => {
    const api = await anApiWithTopic({}, { dedupWindowSeconds: 0 });
    const uploadId = await uploaded(api, LARGE);
    const { messages } = await publish(api, { uploadId }, { uploadId });
    expect(messages[1]?.id).toBe(messages[0]?.id);
    expect((await publish(api, { uploadId })).messages[0]?.id).toBe(messages[0]?.id);
    expect(await receive(api)).toHaveLength(1);
  });
});
