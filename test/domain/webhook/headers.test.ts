import { headerProblem, webhookHeaders } from "../../../lib/domain/webhook/headers.js";

it.each([
  ["Authorization", "Bearer abc"],
  ["x-api-key", "k"],
  ["X-Long", "v".repeat(2_048)],
  ["Cookie", "a=b; c=d"],
])("GIVEN %s WHEN it is checked THEN it is taken", (name, value) => {
  expect(headerProblem(name, value)).toBeUndefined();
});

it.each([
  ["Host", "example.com"],
  ["CONTENT-LENGTH", "3"],
  ["Transfer-Encoding", "chunked"],
  ["Connection", "close"],
  ["Webhook-Signature", "v1,x"],
  ["Sluice-Topic", "orders"],
  ["Proxy-Authorization", "x"],
  ["", "x"],
  ["a b", "x"],
  ["a:b", "x"],
  ["X-Header\r\nHost", "x"],
  ["x-a", ""],
  ["x-a", " padded"],
  ["x-a", "two\r\nHost: lines"],
  ["x-a", "ünïcode"],
  ["x-a", "nul\u0000"],
  ["x-a", "v".repeat(2_049)],
])("GIVEN %j with %j WHEN it is checked THEN it is refused, and the value not repeated", (name, value) => {
  const problem = headerProblem(name, value);
  expect(problem).toMatch(/^(is|must) /);
  if (value.length > 3) expect(problem).not.toContain(value);
});

it("brings headers into one form, however they were written", () => {
  expect(Object.entries(webhookHeaders({ "X-B": "2", "x-a": "1" }))).toEqual([
    ["x-a", "1"],
    ["x-b", "2"],
  ]);
});
