import { ORDERS, anApiWithTopic } from "./an-api.js";
import { wrongRequests } from "./wrong-requests.js";

/** What zod says where nobody gives it other words. */
const ZOD_WORDS =
  /expected|received|invalid input|invalid option|too small|too big|\bInvalid |Unrecognized|must match/i;

/** Every `detail` in an answer: its own, its fields', and those of the messages and results in it. */
function detailsIn(answer: unknown): string[] {
  if (typeof answer !== "object" || answer === null) return [];
  return Object.entries(answer).flatMap(([name, value]) =>
    name === "detail" && typeof value === "string" ? [value] : detailsIn(value),
  );
}

/** As JSON even where it is text, which `send` would send as it is. */
const jsonOf = (
  body: unknown,
  headers: Record<string, string> = {},
): [string | undefined, Record<string, string>] =>
  body === undefined
    ? [undefined, headers]
    : [JSON.stringify(body), { "content-type": "application/json", ...headers }];

const WITHOUT_CONTRACT = new Set(["health", "openApi"]);

describe.each(wrongRequests())("$method $id", ({ id, method, requests }) => {
  it("says what is wrong with a request in plain words", async () => {
    const api = await anApiWithTopic();
    const details = new Set<string>();
    let refused = 0;
    for (const { path, body, headers } of requests) {
      const answer = await api.send(method, path, ...jsonOf(body, headers));
      if (answer.status === 400) refused += 1;
      for (const detail of detailsIn(answer.body)) details.add(detail);
    }
    expect(refused).toBeGreaterThan(WITHOUT_CONTRACT.has(id) ? 0 : 2);
    expect([...details].filter((detail) => ZOD_WORDS.test(detail))).toEqual([]);
  });
});

it.each<[what: string, body: object, errors: object[]]>([
  ["of the wrong type", { description: [] }, [{ path: "description", detail: "must be text" }]],
  ["far too large", { partitions: 1e300 }, [{ path: "partitions", detail: "must be at most 256" }]],
  [
    "of several wrong ones",
    { partitions: 0, ordering: "strict" },
    [
      { path: "ordering", detail: 'must be "none" or "key"' },
      { path: "partitions", detail: "must be at least 1" },
    ],
  ],
])("says one thing of a field: %s", async (_, body, errors) => {
  const api = await anApiWithTopic();
  expect((await api.problem("PUT", ORDERS, body)).errors).toEqual(errors);
});

it.each<[what: string, path: string, field: object, said: string]>([
  ["a request", `${ORDERS}/messages`, { path: "" }, "the body is not valid JSON"],
  ["a raw message", `${ORDERS}/messages/raw`, { path: "body" }, "is not valid JSON"],
])("says where JSON is broken, and how to mend it: %s", async (_, path, field, said) => {
  const api = await anApiWithTopic();
  const body = '{"messages": [\n  {"body": 1},\n]}';
  const problem = await api.problem("POST", path, body, { "content-type": "application/json" });
  const detail = `${said} at line 3, column 1: remove the comma before this`;
  expect(problem.errors).toEqual([{ ...field, detail }]);
});

it("says plainly what is wrong with a content type", async () => {
  const api = await anApiWithTopic();
  const type = `image/${"x".repeat(300)}`;
  const problem = await api.problem("POST", `${ORDERS}/messages/raw`, "x", { "content-type": type });
  expect(problem.errors).toEqual([
    { path: "headers.Content-Type", detail: "must have at most 255 characters" },
  ]);
});
