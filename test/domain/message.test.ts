import { bodySizeBytes, isJson } from "../../lib/domain/message.js";

describe("a content type", () => {
  it.each([
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
