import { CommandFailed } from "../../cli/context.js";
import { forEachId } from "../../cli/each-id.js";
import { SluiceProblem } from "../../lib/client/index.js";

const gone = (id: string): SluiceProblem =>
  new SluiceProblem({
    type: "urn:sluice:problem:message-not-found",
    title: "Message not found",
    status: 404,
    code: "message-not-found",
    detail: `there is no message "${id}"`,
    requestId: "r-1",
  });

interface Seen {
  readonly acted: readonly string[];
  readonly printed: readonly { readonly value: unknown; readonly text: string }[];
  readonly error: unknown;
}

/** Ends the ids given, but for those that `failures` name an error of. */
async function ended(ids: readonly string[], failures: Readonly<Record<string, Error>> = {}): Promise<Seen> {
  const acted: string[] = [];
  const printed: { value: unknown; text: string }[] = [];
  const error: unknown = await forEachId(ids, {
    act: (id) => {
      acted.push(id);
      return failures[id] ? Promise.reject(failures[id]) : Promise.resolve();
    },
    status: "ok",
    participle: "ended",
    result: (value, text) => {
      printed.push({ value, text });
      return Promise.resolve();
    },
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { acted, printed, error };
}

it("GIVEN ids WHEN all succeed THEN each is printed with its status, in their order, at once", async () => {
  expect(await ended(["b", "a"])).toEqual({
    acted: ["b", "a"],
    printed: [
      {
        value: {
          results: [
            { id: "b", status: "ok" },
            { id: "a", status: "ok" },
          ],
        },
        text: "b\tok\na\tok",
      },
    ],
    error: undefined,
  });
});

it("GIVEN an id that the API refuses WHEN others follow THEN they are done, all is printed, and it fails", async () => {
  const { acted, printed, error } = await ended(["a", "b", "c"], { b: gone("b") });
  expect(acted).toEqual(["a", "b", "c"]);
  const detail = 'there is no message "b"';
  expect(printed).toEqual([
    {
      value: {
        results: [
          { id: "a", status: "ok" },
          { id: "b", error: { code: "message-not-found", detail } },
          { id: "c", status: "ok" },
        ],
      },
      text: `a\tok\nb\tmessage-not-found: ${detail}\nc\tok`,
    },
  ]);
  expect(error).toEqual(new CommandFailed("1 of 3 could not be ended"));
  expect(error).toBeInstanceOf(CommandFailed);
});

it("GIVEN an error that is not the API's own WHEN it happens THEN it ends all of it", async () => {
  const broken = new TypeError("broken");
  expect(await ended(["a", "b"], { a: broken })).toEqual({ acted: ["a"], printed: [], error: broken });
});
