import type { Listening } from "../../cli/dev/listen.js";
import { type Terminal, type TerminalOptions, aTerminal } from "./a-terminal.js";
import { aServer } from "./a-server.js";

let server: Listening;

beforeEach(async () => {
  server = await aServer();
});

afterEach(async () => {
  await server.close();
});

const connected = (options: TerminalOptions = {}): Promise<Terminal> =>
  aTerminal({ ...options, env: { SLUICE_API_URL: server.url } });

async function withOrders(options: TerminalOptions = {}): Promise<Terminal> {
  const terminal = await connected(options);
  await terminal.sluice("topics", "create", "orders");
  await terminal.sluice("subscriptions", "create", "orders", "audit");
  return terminal;
}

describe("topics", () => {
  it("are made, shown, listed and deleted", async () => {
    const { sluice } = await connected();
    const made = await sluice(
      "topics",
      "create",
      "orders",
      "--partitions",
      "4",
      "--ordering",
      "key",
      "--json",
    );
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(made.stdout)).toMatchObject({ name: "orders", partitions: 4, ordering: "key" });
    expect((await sluice("topics", "get", "orders")).stdout).toContain("partitions: 4\n");
    expect((await sluice("topics", "list")).stdout).toBe("orders\tordering key\tpartitions 4\n");
    expect(await sluice("topics", "delete", "orders")).toMatchObject({
      code: 0,
      stdout: "deleted orders\n",
      stderr: "",
    });
    expect(JSON.parse((await sluice("--json", "topics", "list")).stdout)).toEqual({ items: [] });
  });

  it("are listed over all pages", async () => {
    const { sluice } = await connected();
    const names = Array.from({ length: 101 }, (_, index) => `t${String(index).padStart(3, "0")}`);
    for (const name of names) await sluice("topics", "create", name);
    const { items } = JSON.parse((await sluice("topics", "list", "--json")).stdout) as {
      items: { name: string }[];
    };
    expect(items.map(({ name }) => name)).toEqual(names);
  });
});

describe("subscriptions", () => {
  it("are made, shown, listed and deleted", async () => {
    const { sluice } = await withOrders();
    const options = ["--from", "earliest", "--ack-deadline-seconds", "60", "--batch-max-messages", "5"];
    const bytes = ["--batch-max-bytes", "2048", "--batch-window-seconds", "0"];
    const backoff = ["--min-backoff-seconds", "2", "--max-backoff-seconds", "60", "--jitter", "none"];
    const given = [...options, ...bytes, ...backoff, "--retry-schedule", "5,30"];
    const made = await sluice("subscriptions", "create", "orders", "cart", ...given, "--json");
    const settings = { ackDeadlineSeconds: 60, batch: { maxMessages: 5, maxBytes: 2_048, windowSeconds: 0 } };
    const retry = { minBackoffSeconds: 2, maxBackoffSeconds: 60, jitter: "none", scheduleSeconds: [5, 30] };
    expect(JSON.parse(made.stdout)).toMatchObject({ name: "cart", ...settings, retry });
    expect((await sluice("subscriptions", "get", "orders", "cart")).stdout).toContain(
      "state:\n  backlog: 0\n",
    );
    expect((await sluice("subscriptions", "list", "orders")).stdout).toBe("audit\tpull\ncart\tpull\n");
    expect((await sluice("subscriptions", "delete", "orders", "cart")).code).toBe(0);
    expect((await sluice("subscriptions", "list", "orders")).stdout).toBe("audit\tpull\n");
  });

  it.each([
    ["2026-08-01T00:00:00Z", 0],
    ["orders.nothing.0.0", 1],
  ])("start at %s", async (from, code) => {
    const { sluice } = await withOrders();
    expect((await sluice("subscriptions", "create", "orders", "cart", "--from", from)).code).toBe(code);
  });

  it("of functions are refused where nothing calls functions", async () => {
    const { sluice } = await withOrders();
    const arn = "arn:aws:lambda:eu-central-1:123456789012:function:ship";
    const refused = await sluice("subscriptions", "create", "orders", "ship", "--function-arn", arn);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain('target.type: is "lambda", which this server cannot deliver to');
  });
});

describe("pause and resume", () => {
  it("hold a subscription's messages back, and let them go", async () => {
    const { sluice } = await withOrders();
    await sluice("publish", "orders", "1");
    expect((await sluice("subscriptions", "pause", "orders", "audit")).stdout).toContain("paused: true\n");
    expect((await sluice("receive", "orders", "audit")).stdout).toBe("");
    const resumed = await sluice("subscriptions", "resume", "orders", "audit", "--json");
    expect(JSON.parse(resumed.stdout)).toMatchObject({ name: "audit", paused: false });
    expect((await sluice("receive", "orders", "audit")).stdout).not.toBe("");
  });

  it("hold a topic's publishes back, and let them go", async () => {
    const { sluice } = await withOrders();
    const paused = await sluice("topics", "pause", "orders", "--what", "publish", "--json");
    expect(JSON.parse(paused.stdout)).toMatchObject({ paused: "publish" });
    const refused = await sluice("publish", "orders", "1");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^sluice: topic-paused: /);
    expect((await sluice("topics", "resume", "orders")).stdout).toContain("paused: none\n");
    expect((await sluice("publish", "orders", "1")).code).toBe(0);
  });
});

describe("seek", () => {
  it.each([
    ["earliest", 1],
    ["2026-01-01T00:00:00Z", 1],
    ["latest", 0],
  ])("to %s moves a subscription there", async (to, backlog) => {
    const { sluice } = await withOrders();
    await sluice("publish", "orders", "1");
    await sluice("receive", "orders", "audit", "--ack");
    expect(await sluice("seek", "orders", "audit", to)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("name: audit\n") as string,
      stderr: "",
    });
    const { stdout } = await sluice("subscriptions", "get", "orders", "audit", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ state: { backlog } });
  });

  it("to a time in the future is refused, and moves nothing", async () => {
    const { sluice } = await withOrders();
    await sluice("publish", "orders", "1");
    const refused = await sluice("seek", "orders", "audit", "2999-01-01T00:00:00Z");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^sluice: invalid-request: to\.time: lies .* in the future/);
    const { stdout } = await sluice("subscriptions", "get", "orders", "audit", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ state: { backlog: 1 } });
  });

  it("to a message hands it out again", async () => {
    const { sluice } = await withOrders();
    const id = (await sluice("publish", "orders", "1")).stdout.trim();
    await sluice("receive", "orders", "audit", "--ack");
    const sought = await sluice("seek", "orders", "audit", id, "--json");
    expect(JSON.parse(sought.stdout)).toMatchObject({ name: "audit", topic: "orders" });
    expect((await sluice("receive", "orders", "audit")).stdout).toContain(id);
  });

  it("to something that is not a message's id fails in one line", async () => {
    const { sluice } = await withOrders();
    const { code, stdout, stderr } = await sluice("seek", "orders", "audit", "middle");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^sluice: invalid-request: to\.id: .*\n$/);
  });
});

describe("ack, retry and extend", () => {
  async function received(count: number): Promise<Terminal & { readonly receipts: readonly string[] }> {
    const terminal = await withOrders();
    for (let n = 1; n <= count; n++) await terminal.sluice("publish", "orders", String(n));
    const { stdout } = await terminal.sluice("receive", "orders", "audit", "--json");
    const { messages } = JSON.parse(stdout) as { messages: { receipt: string }[] };
    return { ...terminal, receipts: messages.map(({ receipt }) => receipt) };
  }
  const stateOf = async ({ sluice }: Terminal): Promise<unknown> => {
    const { stdout } = await sluice("subscriptions", "get", "orders", "audit", "--json");
    return (JSON.parse(stdout) as { state: unknown }).state;
  };

  it("settle messages by their receipts", async () => {
    const terminal = await received(4);
    const { sluice, receipts } = terminal;
    const [one = "", two = "", three = "", four = ""] = receipts;
    expect(await sluice("ack", "orders", "audit", one, two)).toMatchObject({ code: 0, stdout: "ok\nok\n" });
    const retried = await sluice(
      "retry",
      "orders",
      "audit",
      three,
      "--delay-seconds",
      "60",
      "--error",
      "busy",
    );
    expect(retried).toMatchObject({ code: 0, stdout: "ok\n" });
    const extended = await sluice(
      "extend",
      "orders",
      "audit",
      four,
      "--ack-deadline-seconds",
      "60",
      "--json",
    );
    expect(JSON.parse(extended.stdout)).toEqual({ results: [{ status: "ok" }] });
    expect(await stateOf(terminal)).toMatchObject({ backlog: 0, inFlight: 1, retrying: 1 });
  });

  it("show why a message comes again", async () => {
    const { sluice, receipts } = await received(1);
    await sluice("retry", "orders", "audit", receipts[0] ?? "", "--error", "the shop\tis closed");
    const { stdout } = await sluice("receive", "orders", "audit", "--wait-seconds", "10", "--ack");
    expect(stdout).toMatch(/^\S+\tattempt 2 after "the shop\\tis closed"\t1\n$/);
  });

  it("fail where one of them does, and show which", async () => {
    const { sluice, receipts } = await received(1);
    const { code, stdout, stderr } = await sluice("ack", "orders", "audit", receipts[0] ?? "", "none");
    expect([code, stderr]).toEqual([1, "sluice: 1 of 2 could not be settled\n"]);
    expect(stdout).toMatch(/^ok\nreceipt-invalid: .*\n$/);
  });
});

describe("publish and receive", () => {
  it("carry a message from end to end, and acknowledge it", async () => {
    const { sluice } = await withOrders();
    const said = [
      "--key",
      "order-7",
      "--tag",
      "created",
      "--business-key",
      "7",
      "--expires-in-seconds",
      "60",
    ];
    const attributes = ["--attribute", "region=eu", "--attribute", "amount=12.5", "--attribute", "zip=01234"];
    const published = await sluice("publish", "orders", '{"orderId":7}', ...said, ...attributes);
    expect(published).toMatchObject({ code: 0, stderr: "" });
    const received = await sluice("receive", "orders", "audit", "--ack", "--json");
    expect(JSON.parse(received.stdout)).toMatchObject({
      messages: [
        {
          id: published.stdout.trim(),
          body: { orderId: 7 },
          key: "order-7",
          tag: "created",
          businessKey: "7",
          attributes: { region: "eu", amount: 12.5, zip: "01234" },
        },
      ],
    });
    const { state } = JSON.parse(
      (await sluice("subscriptions", "get", "orders", "audit", "--json")).stdout,
    ) as {
      state: object;
    };
    expect(state).toMatchObject({ backlog: 0, inFlight: 0 });
  });

  it("show what is still to be settled, with its receipt", async () => {
    const { sluice } = await withOrders();
    await sluice("publish", "orders", "just words", "--text");
    const { stdout } = await sluice("receive", "orders", "audit", "--max-messages", "1");
    expect(stdout).toMatch(/^orders\.\S+\tattempt 1\t"just words"\treceipt \S+\n$/);
    expect(await sluice("receive", "orders", "audit")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "no messages\n",
    });
  });

  it("take the body from standard input", async () => {
    const { sluice } = await withOrders({ stdin: '{"from":"a pipe"}\n' });
    await sluice("publish", "orders");
    expect((await sluice("receive", "orders", "audit", "--ack")).stdout).toContain('{"from":"a pipe"}');
  });

  it("fail where the message does", async () => {
    const { sluice } = await withOrders();
    const failed = await sluice("publish", "orders", "1", "--tag", "two words");
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toMatch(/^sluice: invalid-request: messages\[0\]\.tag: /);
  });
});

it.each([
  ["a topic that is not there", ["topics", "get", "nowhere"], "sluice: topic-not-found: "],
  [
    "a setting out of range",
    ["topics", "create", "orders", "--partitions", "999"],
    "sluice: invalid-request: partitions: ",
  ],
])("says in one line what the API says of %s", async (_, args, words) => {
  const { sluice } = await connected();
  const { code, stdout, stderr } = await sluice(...args);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr.startsWith(words)).toBe(true);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
