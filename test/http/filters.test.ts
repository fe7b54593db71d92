import { ReceivedMessage } from "../../lib/http/contracts/consume.js";
import { FilteredMessage } from "../../lib/http/contracts/filter.js";
import { NewMessage } from "../../lib/http/contracts/message.js";
import { anApi } from "./an-api.js";

const PATH = "/v1/filters/test";
const TEXT = { "content-type": "application/json" };

it("GIVEN a filter and messages WHEN it is tested THEN each is told of, in order, and why not", async () => {
  const filter = { tag: ["created"], "body.total": [{ numeric: [">", 100] }] };
  const messages = [
    { tag: "created", body: { total: 120 } },
    { tag: "created", body: { total: 5 } },
    { tag: "deleted" },
  ];
  const { status, body } = await anApi().send("POST", PATH, { filter, messages });
  expect(status).toBe(200);
  expect(body).toEqual({
    results: [
      { matches: true },
      { matches: false, because: ["body.total is 5, but the filter wants a number above 100"] },
      {
        matches: false,
        because: [
          'tag is "deleted", but the filter wants "created"',
          "body.total is not there, but the filter wants a number above 100",
        ],
      },
    ],
  });
});

it("GIVEN any field that a message is published or received with WHEN a filter is tested THEN it is taken", () => {
  const taken = Object.keys(FilteredMessage.shape);
  expect(
    Object.keys({ ...NewMessage.shape, ...ReceivedMessage.shape }).filter((name) => !taken.includes(name)),
  ).toEqual([]);
});

it("GIVEN messages as they were received WHEN a filter is tested THEN they are taken as they are", async () => {
  const received = {
    ...{
      id: "x",
      receipt: "y",
      publishedAt: "z",
      attempt: 1,
      alone: true,
      firstReceivedAt: "z",
      lastError: "e",
    },
    ...{ key: "7", attributes: { region: "eu" } },
  };
  const messages = [
    { ...received, contentType: "application/json", body: { a: 1 } },
    { ...received, contentType: "text/plain", body: '{"a":1}' },
    { ...received, contentType: "application/json", bodyBase64: Buffer.from('{"a":1}').toString("base64") },
    { ...received, bodyBase64: Buffer.from('{"a":1}').toString("base64") },
  ];
  const { body } = await anApi().send("POST", PATH, {
    filter: { "body.a": [1], "attributes.region": ["eu"] },
    messages,
  });
  expect((body as { results: { matches: boolean }[] }).results.map(({ matches }) => matches)).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

it("GIVEN numbers beyond a double WHEN a filter is tested THEN each digit counts", async () => {
  const messages = '[{"body":{"n":9007199254740993}},{"body":{"n":9007199254740992}}]';
  const text = `{"filter":{"body.n":[9007199254740993]},"messages":${messages}}`;
  const { body } = await anApi().send("POST", PATH, text, TEXT);
  expect(body).toMatchObject({ results: [{ matches: true }, { matches: false }] });
});

it("GIVEN a filter with mistakes WHEN it is tested THEN each has its place", async () => {
  const text =
    '{"filter":{"tag":["a"],"tag":["b"],"body":{"a":[{"numeric":["<"]}]},"source":["x"]},"messages":[{}]}';
  const { status, code, errors } = await anApi().problem("POST", PATH, text, TEXT);
  expect({ status, code }).toEqual({ status: 400, code: "invalid-request" });
  expect(errors?.map(({ path }) => path)).toEqual([
    "filter.tag",
    "filter.body.a[0].numeric[1]",
    "filter.source",
  ]);
});

it.each([
  [{ messages: [{}] }, "filter"],
  [{ filter: "a", messages: [{}] }, "filter"],
  [{ filter: null, messages: [{}] }, "filter"],
  [{ filter: { tag: ["a"] } }, "messages"],
  [{ filter: { tag: ["a"] }, messages: [] }, "messages"],
  [{ filter: { tag: ["a"] }, messages: [{ tagg: "a" }] }, "messages[0].tagg"],
  [{ filter: { tag: ["a"] }, messages: [{}, { tag: "two words" }] }, "messages[1].tag"],
  [{ filter: { tag: ["a"] }, messages: [{ body: 1, bodyBase64: "" }] }, "messages[0].bodyBase64"],
  ['{"filter":{"tag":["a"]},"messages":[{"attributes":{"n":9007199254740993}}]}', "messages[0].attributes.n"],
  [`{"filter":{"tag":["a"]},"messages":[{"body":${"[".repeat(300)}${"]".repeat(300)}}]}`, "messages[0].body"],
])("GIVEN %j WHEN a filter is tested THEN the mistake is told", async (request, path) => {
  const { status, errors } = await anApi().problem(
    "POST",
    PATH,
    request,
    typeof request === "string" ? TEXT : {},
  );
  expect(status).toBe(400);
  expect(errors?.map((error) => error.path)).toEqual([path]);
});
