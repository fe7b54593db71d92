import { type Auth, SluiceProblem, SluiceUnreachable } from "../../lib/client/index.js";
import type { TransportOptions } from "../../lib/client/options.js";
import { Transport } from "../../lib/client/transport.js";

const API = "https://abc.execute-api.eu-central-1.amazonaws.com/prod";
const problem =
  (status: number, code: string, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify({ type: "x", title: "x", status, detail: "why", code }), { status, headers });
const ok = () => Response.json({ done: true });
const nobody = () => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error(""), { code: "ECONNREFUSED" }) });
};

/** A transport whose requests get these answers, the last of them again and again. */
function answering(answers: readonly (() => Response)[], options: Partial<TransportOptions> = {}) {
  const requests: Request[] = [];
  const pausesMs: number[] = [];
  const transport = new Transport({
    apiUrl: API,
    auth: "none",
    fetch: async (request) => {
      requests.push(request);
      return await Promise.resolve((answers[requests.length - 1] ?? answers.at(-1) ?? ok)());
    },
    sleep: async (ms) => {
      await Promise.resolve();
      pausesMs.push(ms);
    },
    ...options,
  });
  return { transport, requests, pausesMs };
}

describe("a request that may go through later", () => {
  it.each([429, 502, 503, 504])("is sent again after a %i", async (status) => {
    const { transport, requests } = answering([problem(status, "x"), problem(status, "x"), ok]);
    expect(await transport.request("GET", "/v1/topics")).toBe('{"done":true}');
    expect(requests.map(({ url }) => url)).toEqual(Array(3).fill(`${API}/v1/topics`));
  });

  it("is sent again where no answer came, with its body", async () => {
    const { transport, requests } = answering([nobody, ok]);
    await transport.request("POST", "/v1/topics/orders/messages", '{"messages":[]}');
    expect(await requests[1]?.json()).toEqual({ messages: [] });
  });

  it("waits as long as it is asked to, within a bound", async () => {
    const asked = (seconds: string) => problem(429, "throttled", { "retry-after": seconds });
    const { transport, pausesMs } = answering([asked("2"), asked("3600"), asked("Wed, 21 Oct 2026"), ok]);
    await transport.request("GET", "/");
    expect(pausesMs[0]).toBe(2_000);
    expect(pausesMs[1]).toBe(5_000);
    expect(pausesMs[2]).toBeLessThanOrEqual(800);
  });

  it("is sent again where the answer breaks off", async () => {
    const cut = () =>
      new Response(
        new ReadableStream({
          pull: (stream) =>
            stream.error(new TypeError("terminated", { cause: new Error("other side closed") })),
        }),
      );
    const { transport, requests } = answering([cut, ok]);
    expect(await transport.request("GET", "/v1/topics")).toBe('{"done":true}');
    expect(requests).toHaveLength(2);
    const cutOff = answering([cut]).transport.request("GET", "/");
    await expect(cutOff).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("other side closed") as string,
    });
  });

  it("is given up in the end", async () => {
    const { transport, requests, pausesMs } = answering([problem(429, "throttled")]);
    await expect(transport.request("GET", "/")).rejects.toMatchObject({ code: "throttled", status: 429 });
    expect([requests.length, pausesMs.length]).toEqual([4, 3]);
  });

  it("is sent as often as it is allowed to be", async () => {
    const { transport, requests } = answering([nobody], { attempts: 1 });
    const failure = transport.request("GET", "/");
    await expect(failure).rejects.toBeInstanceOf(SluiceUnreachable);
    await expect(failure).rejects.toThrow(`no answer from ${API}: ECONNREFUSED`);
    expect(requests).toHaveLength(1);
  });
});

it.each([400, 404, 409, 413, 500])("does not send a request again that got a %i", async (status) => {
  const { transport, requests } = answering([problem(status, "some-code"), ok]);
  const failure = transport.request("GET", "/");
  await expect(failure).rejects.toBeInstanceOf(SluiceProblem);
  await expect(failure).rejects.toMatchObject({ code: "some-code", status, message: "some-code: why" });
  expect(requests).toHaveLength(1);
});

it.each([
  ["a page", "<html>Bad Gateway</html>"],
  ["JSON that is not a problem", '{"message":"Forbidden"}'],
  ["nothing", ""],
])("says so where %s answers in Sluice's place", async (_, text) => {
  const { transport } = answering([() => new Response(text, { status: 403 })]);
  const expected = { code: "unexpected-answer", status: 403, problem: { detail: text } };
  await expect(transport.request("GET", "/")).rejects.toMatchObject(expected);
});

describe("an API key", () => {
  const credentials = { region: "eu-central-1", accessKeyId: "AKIA", secretAccessKey: "secret" };

  it.each<[string, Auth]>([
    ["unsigned", "none"],
    ["signed", credentials],
  ])("goes along with each %s request, at each attempt", async (_how, auth) => {
    const { transport, requests } = answering([problem(429, "throttled"), ok], { auth, apiKey: "k3y" });
    await transport.request("POST", "/v1/topics", "{}");
    expect(requests.map(({ headers }) => headers.get("x-api-key"))).toEqual(["k3y", "k3y"]);
    expect(requests[1]?.headers.get("content-type")).toBe("application/json");
  });

  it.each(["", "a key", "k\ny"])("that is none is refused, and not shown: %j", (apiKey) => {
    const make = () => new Transport({ apiUrl: API, auth: "none", apiKey });
    expect(make).toThrow('the option "apiKey" is not an API key: use printable characters, no spaces');
  });
});

describe("signing", () => {
  const credentials = { region: "eu-central-1", accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

  const signed = async (auth: Auth, body?: string): Promise<Headers> => {
    const { transport, requests } = answering([ok], { auth });
    await transport.request("POST", "/v1/topics/orders/messages", body);
    return requests[0]?.headers ?? new Headers();
  };

  it("is left out where nothing is asked for", async () => {
    expect((await signed("none")).has("authorization")).toBe(false);
  });

  it("names the key, the region and the service", async () => {
    const headers = await signed({ ...credentials, sessionToken: "token" }, "{}");
    expect(headers.get("authorization")).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, /,
    );
    expect(headers.get("x-amz-security-token")).toBe("token");
    expect(headers.get("content-type")).toBe("application/json");
  });

  it("asks for credentials again at each attempt, since they change", async () => {
    let asked = 0;
    const auth = () => Promise.resolve({ ...credentials, accessKeyId: `KEY${++asked}` });
    const { transport, requests } = answering([problem(503, "x"), ok], { auth });
    await transport.request("GET", "/v1/topics");
    const keys = requests.map(
      ({ headers }) => /Credential=(\w+)/.exec(headers.get("authorization") ?? "")?.[1],
    );
    expect(keys).toEqual(["KEY1", "KEY2"]);
  });

  it("says which credentials a function forgot", async () => {
    const forgetful = (() => Promise.resolve({ region: "eu-central-1" })) as unknown as Auth;
    const { transport, requests } = answering([ok], { auth: forgetful });
    await expect(transport.request("GET", "/")).rejects.toMatchObject({
      code: "wrong-usage",
      message: 'the option "auth" lacks "accessKeyId", "secretAccessKey"',
    });
    expect(requests).toEqual([]);
  });

  it("fails with whatever keeps the credentials away", async () => {
    const { transport, requests } = answering([ok], { auth: () => Promise.reject(new Error("no profile")) });
    await expect(transport.request("GET", "/")).rejects.toThrow("no profile");
    expect(requests).toEqual([]);
  });
});
