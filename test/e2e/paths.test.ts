import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { unique } from "../contract/builders.js";
import { type DeployedQueue, deployment } from "./a-deployment.js";

jest.setTimeout(180_000);

const SUBSCRIPTION = "audit";

let queue: DeployedQueue;
let allowed: string;
let other: string;
beforeAll(async () => {
  queue = (await deployment()).queue("Main");
  const { client } = queue;
  [allowed, other] = [unique("allowed"), unique("other")];
  for (const topic of [allowed, other]) {
    await client.putTopic(topic);
    await client.putSubscription(topic, SUBSCRIPTION);
  }
  await client.publish(other, [{ body: "for nobody else" }]);
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends a path as it is: every client of HTTP would tidy it up first. */
async function post(path: string): Promise<Answer> {
  const { hostname, port, pathname, host } = new URL(queue.apiUrl);
  const socket = connect(Number(port), hostname);
  const head = [`POST ${pathname}${path} HTTP/1.1`, `Host: ${host}`, "Content-Type: application/json"];
  socket.write([...head, "Content-Length: 2", "Connection: close", "", "{}"].join("\r\n"));
  const answer = await text(socket);
  return { status: Number(answer.split(" ")[1]), body: answer.slice(answer.indexOf("\r\n\r\n")) };
}

const receiveOf = (topic: string): string => `/v1/topics/${topic}/subscriptions/${SUBSCRIPTION}/receive`;

it("serves the path that is plain", async () => {
  const { status, body } = await post(receiveOf(allowed));
  expect([status, body]).toEqual([200, expect.stringContaining('"messages":[]')]);
});

/** A gateway may cut a fragment off before a function sees it: on the path that is left there is no POST. */
const WITHOUT_FRAGMENT = 405;

/** IAM matched the first topic; each of these was read as the second one by somebody on the way. */
it.each([
  ["dot segments", "/../../"],
  ["one dot segment too few", "/../"],
  ["escaped dots", "/%2e%2e/%2e%2e/"],
  ["dots and escaped dots", "/.%2e/%2E./"],
  ["escaped slashes", "%2f..%2f..%2f"],
  ["backslashes", "\\..\\..\\"],
  ["escaped backslashes", "%5c..%5c..%5c"],
  ["an escaped fragment", "%23/../../"],
  ["a fragment", "#/../../"],
  ["an empty segment", "//../../"],
  ["a single dot", "/./../../"],
])("serves no other topic by a path with %s", async (_, between) => {
  // WHEN
  const sneaky = `${receiveOf(allowed)}`.replace(
    `/${SUBSCRIPTION}/`,
    `${between}${other}/subscriptions/${SUBSCRIPTION}/`,
  );
  const { status, body } = await post(sneaky);
  // THEN
  expect(body).not.toContain("for nobody else");
  expect(between.startsWith("#") ? [400, WITHOUT_FRAGMENT] : [400]).toContain(status);
});

it("left the other topic's message alone", async () => {
  const received = await queue.client.receive(other, SUBSCRIPTION);
  expect(received).toMatchObject([{ body: "for nobody else", attempt: 1 }]);
});
