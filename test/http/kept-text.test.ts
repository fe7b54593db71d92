import { jsonSource } from "../../lib/http/json-source.js";
import { receive } from "../../lib/operations/consume/receive.js";
import { findSubscription } from "../../lib/operations/lookup.js";
import { AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

const MESSAGES = `${ORDERS}/messages`;

/** JSON that JSON.parse and JSON.stringify change, one way or another. */
const TEXTS: readonly string[] = [
  "12345678901234567890",
  "9007199254740993",
  "1.0",
  "10.10",
  "1e400",
  "-1E+400",
  "-0",
  "0.1000000000000000055511151231257827",
  '"\\u00e9 \\/ \\ud83d"',
  '{ "b" : 1,\n\t"a":[ 1.0 , 2 ] }',
  '{"a":1,"a":2}',
  '{"__proto__":{"x":1}}',
  '{"messages":[{"body":1}]}',
  '"a\\\\"',
  '["]","[","{","\\"}"]',
  "null",
  "true",
  "\t[]\r\n".trim(),
];

describe.each(TEXTS)("a body of %s", (text) => {
  it.each([
    ["alone", `{"messages":[{"body":${text}}]}`],
    ["among spaces", `{ "messages" : [ { "key" : "k" , "body" :\n${text}\t } ] }`],
    ["after a byte order mark", `\ufeff{"messages":[{"body":${text}}]}`],
    ["under an escaped name", `{"mess\\u0061ges":[{"b\\u006fdy":${text}}]}`],
    ["where it is given twice", `{"messages":[{"body":[7],"body":${text}}]}`],
    [
      "where the messages are given twice",
      `{"messages":[{"body":7},{"body":8}],"messages":[{"body":${text}}]}`,
    ],
  ])("is handed out as it was written: %s", async (_, request) => {
    const api = await anApiWithTopic();
    expect((await api.send("POST", MESSAGES, request)).body).not.toHaveProperty("failed");
    const { text: answer } = await api.send("POST", `${AUDIT}/receive`, {});
    expect(answer).toContain(`,"body":${text}}]}`);
  });

  it("is stored as it was written, for whoever it is pushed to", async () => {
    const api = await anApiWithTopic();
    await api.send("POST", MESSAGES, `{"messages":[{"body":${text}},{"body":1}]}`);
    await api.send("POST", `${MESSAGES}/raw`, text, { "content-type": "application/json" });
    const { topic, subscription } = await findSubscription(api.engine, "orders", "audit");
    const handed = await receive(api.engine, { topic, subscription }, { maxMessages: 10 });
    const bodies = handed.map(({ body }) => body);
    expect(bodies.sort()).toEqual([text, "1", text].sort());
  });
});

it("keeps each message its own text, in its place", async () => {
  const api = await anApiWithTopic();
  const texts = Array.from(
    { length: 300 },
    (_, index) => `{"n":${index}.0,"s":"${"\\u0041".repeat(index)}"}`,
  );
  const messages = texts.map((text, index) => `{"tag":"t${index}","body":${text},"attributes":{"n":1.50}}`);
  await api.send("POST", MESSAGES, `{"messages":[${messages.join(" ,")}]}`);
  const { text: answer } = await api.send("POST", `${AUDIT}/receive`, { maxMessages: 1_000 });
  const places = texts.map((text) => answer.indexOf(`"body":${text}}`));
  expect(places.filter((place) => place < 0)).toEqual([]);
  expect(places).toEqual([...places].sort((one, other) => one - other));
});

describe("a number beside the body", () => {
  it.each([
    ["12345678901234567890"],
    ["9007199254740993"],
    ["0.1000000000000000055511151231257827"],
    ["1e400"],
    ["1e-400"],
  ])("is refused where a double would change it: %s", async (number) => {
    const api = await anApiWithTopic();
    const one = `{"body":1,"attributes":{"total":${number}}}`;
    const { body } = await api.send("POST", MESSAGES, `{"messages":[{"body":1},${one}]}`);
    expect(body).toMatchObject({
      failed: 1,
      messages: [
        { id: expect.any(String) as string },
        { error: { code: "invalid-request", errors: [{ path: "messages[1].attributes.total" }] } },
      ],
    });
  });

  it.each(["1.0", "12.50", "1e3", "-0", "0.1", "9007199254740991", "1e308", "100", "0.000"])(
    "is taken where a double keeps it: %s",
    async (number) => {
      const api = await anApiWithTopic();
      const one = `{"body":1,"attributes":{"total":${number}}}`;
      expect((await api.send("POST", MESSAGES, `{"messages":[${one}]}`)).body).not.toHaveProperty("failed");
    },
  );

  it("counts only where it is the last of its name", async () => {
    const api = await anApiWithTopic();
    const one = '{"body":1,"attributes":{"a":1e400},"attributes":{"a":1e400,"a":1}}';
    expect((await api.send("POST", MESSAGES, `{"messages":[${one}]}`)).body).not.toHaveProperty("failed");
  });

  it("is named by its path in every other request", async () => {
    const api = await anApiWithTopic();
    const path = "batch.maxMessages";
    const problem = await api.problem("PATCH", AUDIT, '{"batch":{"maxMessages":1.00000000000000000001}}');
    expect(problem).toMatchObject({ code: "invalid-request", errors: [{ path }] });
  });
});

it("costs no more than a few times what JSON.parse does", () => {
  const requests = [
    JSON.stringify({ messages: Array.from({ length: 1_000 }, () => ({ body: { s: "x".repeat(4_900) } })) }),
    JSON.stringify({ messages: [{ body: '"'.repeat(2_400_000) }] }),
    JSON.stringify({ messages: [{ body: Array.from({ length: 700_000 }, (_, index) => index) }] }),
  ];
  for (const request of requests) {
    const timed = (work: () => unknown): number => {
      const times = Array.from({ length: 3 }, () => {
        const startedMs = performance.now();
        work();
        return performance.now() - startedMs;
      });
      return Math.min(...times);
    };
    const parseMs = timed(() => JSON.parse(request));
    const sourceMs = timed(() => jsonSource(request, (path) => path.endsWith(".body")));
    expect(sourceMs).toBeLessThan(parseMs * 8 + 50);
  }
});

it("is not stopped by names that come again and again, or by depth", () => {
  const again = `{"messages":[${'{"body":1},'.repeat(50_000)}{"body":1}],${'"x":1e400,'.repeat(100_000)}"y":1}`;
  expect(jsonSource(again, (path) => path.endsWith(".body")).kept.size).toBe(50_001);
  const long = `{"x":1${"0".repeat(1_000_000)}1}`;
  expect(jsonSource(long).inexact).toMatchObject([{ path: "x" }]);
  const deep = `{"messages":[{"body":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}]}`;
  expect(jsonSource(deep, (path) => path.endsWith(".body")).kept.get("messages[0].body")?.depth).toBe(
    1_000_000,
  );
});
