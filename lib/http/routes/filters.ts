import type { z } from "zod";
import { InvalidRequest } from "../../domain/errors.js";
import { becauseOf } from "../../domain/filter/because.js";
import type { Filter } from "../../domain/filter/evaluate.js";
import { compileFilter } from "../../domain/filter/filter.js";
import { viewOf } from "../../domain/filter/view.js";
import { JSON_TYPE, type MessageContent, isJson } from "../../domain/message.js";
import { type FilteredMessage, TestFilterAnswer, TestFilterBody } from "../contracts/filter.js";
import { given } from "../given.js";
import { type JsonSource, type Source, depthProblem } from "../json-source.js";
import { placedUnder } from "../problem.js";
import { route } from "../route.js";
import { BYTES_TYPE } from "./publish.js";

/** What the handler needs as it was written: the filter, and each body. */
const keeps = (path: string): boolean => path === "filter" || /^messages\[\d+\]\.body$/.test(path);

/** @throws {InvalidRequest} with every mistake, each with its place below `filter` */
function filterIn(source: JsonSource | undefined): Filter {
  const text = source?.kept.get("filter")?.text ?? "";
  try {
    return compileFilter(text);
  } catch (error) {
    throw error instanceof InvalidRequest ? placedUnder("filter", error) : error;
  }
}

function contentOf(
  message: z.output<typeof FilteredMessage>,
  source: Source | undefined,
): Partial<MessageContent> {
  const { key, tag, attributes, bodyBase64, contentType } = message;
  const meta = given({ key, tag, attributes });
  if (bodyBase64 !== undefined) {
    return { ...meta, body: Buffer.from(bodyBase64, "base64"), contentType: contentType ?? BYTES_TYPE };
  }
  const type = contentType ?? JSON_TYPE;
  // A body that is not JSON has no value that a filter could look at.
  return source && isJson(type) ? { ...meta, body: source.text, contentType: type } : meta;
}

/** @throws {InvalidRequest} */
function check({ body, bodyBase64 }: z.output<typeof FilteredMessage>, place: string, source?: Source): void {
  if (body !== undefined && bodyBase64 !== undefined) {
    const detail = 'cannot be combined with "body": give one of them';
    throw new InvalidRequest([{ path: `${place}.bodyBase64`, detail }]);
  }
  const tooDeep = source && depthProblem(source.depth);
  if (tooDeep !== undefined) throw new InvalidRequest([{ path: `${place}.body`, detail: tooDeep }]);
}

export const testFilterRoute = route({
  id: "testFilter",
  method: "POST",
  path: "/v1/filters/test",
  summary: "Which of some messages a filter matches, and why not the others; nothing is stored",
  body: TestFilterBody,
  answer: TestFilterAnswer,
  errors: [],
  keeps,
  isStoreless: true,
  handle: (_, { body, source }) => {
    const filter = filterIn(source);
    if (source && source.inexact.length > 0) throw new InvalidRequest(source.inexact);
    const results = body.messages.map((message, index) => {
      const place = `messages[${index}]`;
      const bodySource = source?.kept.get(`${place}.body`);
      check(message, place, bodySource);
      const because = becauseOf(filter, viewOf(contentOf(message, bodySource)));
      return because.length === 0 ? { matches: true } : { matches: false, because: [...because] };
    });
    return Promise.resolve({ body: { results } });
  },
});
