import { JSON_TYPE, bodySizeBytes, isJson, messageSizeBytes } from "../../lib/domain/message.js";

describe("a content type", () => {
  it.each([
    JSON_TYPE,
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    "application/json ;charset=utf-8",
    "application/cloudevents+json",
    "application/vnd.api+json;version=1",
    "application/json-patch+json",
  ])("%s is JSON", (contentType) => expect(isJson(contentType)).toBe(true));

  it.each([
    "",
    "json",
    "text/json",
    "text/plain",
    "application/json-seq",
    "application/jsonl",
    "application/xml+jsonx",
    "x-application/json",
  ])("%j is not", (contentType) => expect(isJson(contentType)).toBe(false));
});

it.each([
  ["", 0],
  ["abc", 3],
  ["Straße", 7],
  ["🙂", 4],
  [new Uint8Array([0, 255]), 2],
])("the size of the body %p is %i bytes", (body, sizeBytes) => {
  expect(bodySizeBytes({ body, contentType: "text/plain" })).toBe(sizeBytes);
});

it.each([
  ["all that its publisher gave", { key: "k1", tag: "tag", businessKey: "bk_1" }, 9],
  [
    "names and values of attributes",
    { attributes: { region: "eu", amount: 12.5, paid: true } },
    6 + 2 + 6 + 4 + 4 + 4,
  ],
  ["what its entry gave it", { publishedBy: "arn:1", traceparent: "00-1-2-01", givenId: "id" }, 5 + 9 + 2],
  ["its trace", { traceparent: "00-1-2-01", tracestate: "a=1" }, 9 + 3],
  ["text beyond ASCII in bytes", { key: "Straße", attributes: { ß: "🙂" } }, 7 + 2 + 4],
])("the size of a message counts %s", (_, more, sizeBytes) => {
  const plain = { body: "abc", contentType: "text/plain" };
  expect(messageSizeBytes(plain)).toBe(13);
  expect(messageSizeBytes({ ...plain, ...more })).toBe(13 + sizeBytes);
});
