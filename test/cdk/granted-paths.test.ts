import fc from "fast-check";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import { pathProblem } from "../../lib/http/path.js";
import { findRoute } from "../../lib/http/route-table.js";
import { routes } from "../../lib/http/routes/index.js";
import type { Topic } from "../../cdk/topic.js";
import { type GatewayEvent, requestOf } from "../../lambdas/api/gateway.js";
import { UNCLEAN_PATHS } from "../http/paths.js";
import { aFunction, aSluice } from "./a-sluice.js";
import { evaluate } from "./policies/evaluate.js";
import { ACCOUNT, REGION, type TemplateJson } from "./policies/resolve.js";
import { type FunctionRole, functionRoles } from "./policies/roles.js";

/** Each names topic `a`, and `*` where it can. */
const GRANTS: Readonly<Record<string, (topic: Topic, to: IGrantable) => void>> = {
  publish: (topic, to) => topic.grantPublish(to),
  read: (topic, to) => topic.grantRead(to),
  "look up": (topic, to) => topic.grantLookUp(to),
  schedule: (topic, to) => topic.grantSchedule(to),
  "manage schedules": (topic, to) => topic.grantManageSchedules(to),
  consume: (topic, to) => topic.grantConsume(to, "*"),
  "dead letters": (topic, to) => topic.grantDeadLetters(to, "*"),
  messages: (topic, to) => topic.grantMessages(to, "*"),
  doctor: (topic, to) => topic.grantDoctor(to),
  manage: (topic, to) => topic.grantManage(to),
};

function callerWith(grant: (topic: Topic, to: IGrantable) => void, endpoint: "http" | "rest"): FunctionRole {
  const { stack, queue, template } = aSluice({ endpoint });
  const topic = queue.addTopic("a");
  topic.addPullSubscription("audit");
  queue.addTopic("b").addPullSubscription("audit");
  grant(topic, aFunction(stack));
  const caller = functionRoles(template().toJSON() as TemplateJson).find(({ id }) =>
    id.startsWith("Handler"),
  );
  if (!caller) throw new Error("the app has no caller");
  return caller;
}

/** The API's id in the caller's own policy, which is its logical id here, and the stage. */
const apiOf = ({ statements }: FunctionRole): string =>
  /(arn:aws:execute-api:[^/]+\/[^/]+)\//.exec(JSON.stringify(statements))?.[1] ?? "?";

const isAllowed = async (caller: FunctionRole, method: string, path: string): Promise<boolean> => {
  const call = { action: "execute-api:Invoke", resource: `${apiOf(caller)}/${method}${path}` };
  return (await evaluate(caller.arn, caller.statements, call)).isAllowed;
};

/**
 * The topic that the API serves for a path, the way its function reads it; undefined where it is refused. The gateway
 * gives the path twice, and matches one of the two.
 */
function servedTopic(method: string, rawPath: string, path = rawPath): string | undefined {
  const event: GatewayEvent = { rawPath, requestContext: { http: { method, path } } };
  const request = requestOf(event);
  if (pathProblem(request.path) !== undefined) return undefined;
  try {
    const { params } = findRoute(routes, method, request.path);
    return params["topic"] ?? params["id"]?.split(".")[0];
  } catch {
    return undefined;
  }
}

const METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"];
const tidied = (path: string): string => {
  try {
    return new URL(`http://api${path}`).pathname;
  } catch {
    return path;
  }
};
const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};
/** What somebody on the way may make of a path, before it is matched and before it is served. */
const readings = (path: string): readonly string[] => [
  ...new Set(
    [path, tidied(path), decoded(path), tidied(decoded(path)), path.replace(/\/{2,}/g, "/")].flatMap(
      (one) => [one, one.replace(/\/+$/, ""), one.toLowerCase()],
    ),
  ),
];

/** Ways to write topic `b` behind a beginning that a policy for `a` may allow. */
const SPELLINGS: readonly string[] = [
  ...UNCLEAN_PATHS,
  ...[
    "b",
    "B",
    "%62",
    "b/",
    "/b",
    "./b",
    "a/../b",
    "a/..%2fb",
    "a%2f..%2fb",
    "a//../b",
    "a/%2e%2e/b",
  ].flatMap((topic) =>
    ["", "/", "/messages", "/messages/", "//messages", "/subscriptions/audit/receive", "/schedules/s"].map(
      (rest) => `/v1/topics/${topic}${rest}`,
    ),
  ),
  ...["b.0.1", "a.0.1/../b.0.1", "a.%2e%2e/b.0.1", "a.0.1%2f..%2fb.0.1", "%62.0.1", "B.0.1"].map(
    (id) => `/v1/messages/${id}`,
  ),
  "/V1/topics/b/messages",
  "//v1/topics/b/messages",
  "/prod/v1/topics/b/messages",
  "/v1/topics/a/messages/../../b/messages",
  "/v1/topics/a/../../topics/b",
];

/** What the gateway matched against the policy, and what the function may have got beside it. */
const PAIRS = SPELLINGS.flatMap((spelling) =>
  readings(spelling).flatMap((matched) => readings(spelling).map((path) => [matched, path] as const)),
);

describe.each(["http", "rest"] as const)(
  "a caller whose policy names topic a, at a %s endpoint",
  (endpoint) => {
    it.each(Object.entries(GRANTS))(
      "GIVEN the grant to %s WHEN topic b is asked for in any spelling THEN it is refused",
      async (_, grant) => {
        const caller = callerWith(grant, endpoint);
        expect(apiOf(caller)).toContain(`:${REGION}:${ACCOUNT}:`);
        for (const [matched, path] of PAIRS) {
          for (const method of METHODS) {
            const topic = servedTopic(method, path, matched);
            if (topic === undefined || topic === "a") continue;
            expect([matched, path, await isAllowed(caller, method, matched)]).toEqual([matched, path, false]);
          }
        }
      },
    );
  },
);

describe("each part of that", () => {
  it("GIVEN plain requests THEN they are served where they say, and allowed on a alone", async () => {
    const caller = callerWith((topic, to) => topic.grantManage(to), "http");
    for (const topic of ["a", "b"]) {
      const path = `/v1/topics/${topic}/subscriptions/audit/receive`;
      expect(servedTopic("POST", path)).toBe(topic);
      expect(await isAllowed(caller, "POST", path)).toBe(topic === "a");
    }
  });

  it("GIVEN a path that IAM would allow for a THEN the API serves b for no reading of it", () => {
    const pieces = ["a", "b", "..", ".", "%2e", "%2F", "//", "\\", "%62", "%25", "messages", "A", ";", "%00"];
    const aPath = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(aPath, fc.constantFrom("/", ""), fc.constantFrom(...METHODS), (parts, between, method) => {
        const path = `/v1/topics/a/${parts.join(between)}`;
        expect(["a", undefined]).toContain(servedTopic(method, path));
      }),
      { numRuns: 1_000 },
    );
  });
});
