import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { listen } from "../../cli/dev/listen.js";
import { StorageUnavailable } from "../../lib/domain/errors.js";
import { createApp } from "../../lib/http/app.js";
import { sweep } from "../../lib/operations/clock/sweep.js";
import { ORDERS, anApi } from "../http/an-api.js";
import { portsAround } from "../operations/ports-around.js";
import { type Ran, aTerminal } from "./a-terminal.js";

const HOUR_MS = 3_600_000;

/** A deployment in which messages wait for a subscription's consumer, and another one is paused. */
async function withTrouble(
  use: (doctor: (...line: readonly string[]) => Promise<Ran>) => Promise<void>,
  isSick = false,
) {
  let isBroken = false;
  const api = anApi({
    replace: (ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const [subscription] = args as readonly [{ readonly name: string }];
        if (isBroken && name === "progress.totals" && subscription.name === "mail")
          throw new StorageUnavailable("the test");
        return await carryOut();
      }),
  });
  await api.send("PUT", ORDERS, {});
  await api.send("PUT", "/v1/topics/bills", {});
  await api.send("PUT", `${ORDERS}/subscriptions/mail`, {});
  await api.send("PUT", `${ORDERS}/subscriptions/audit`, { paused: true });
  await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: "one" }] });
  await api.clock.advance(HOUR_MS);
  await sweep(api.engine, { deadlineMs: api.clock.nowMs() + HOUR_MS });
  isBroken = isSick;
  const server = await listen(createApp(api.engine), 0);
  try {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
    await use((...line) => sluice("doctor", ...line));
  } finally {
    await server.close();
  }
}

it("tells what is wrong, where, and what to do, and ends with 1", async () => {
  await withTrouble(async (doctor) => {
    const { code, stdout, stderr } = await doctor();
    expect([code, stderr]).toEqual([1, "sluice: 1 thing is wrong\n"]);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ["LEVEL", "TOPIC", "SUBSCRIPTION", "SINCE", "WHAT", "WHAT TO DO"],
      [
        "note",
        "orders",
        "audit",
        "-",
        "it is paused; 1 message waits",
        "sluice subscriptions resume orders audit",
      ],
      [
        ...["wrong", "orders", "mail", "2026-08-01T00:00:00.000Z"],
        "its oldest message has waited for 60 minutes; 1 message waits, 0 in flight",
        "no consumer receives",
      ],
    ]);
  });
});

it("ends with 0 where nothing is wrong, and looks at one topic where it is named", async () => {
  await withTrouble(async (doctor) => {
    const { code, stdout } = await doctor("bills");
    expect([code, stdout]).toEqual([0, "nothing is wrong (topics looked at: 1, subscriptions: 0)\n"]);
    const patient = await doctor("orders", "--max-age", "7200", "--json");
    expect(patient.code).toBe(0);
    expect(JSON.parse(patient.stdout)).toMatchObject({
      looked: { topics: 1, subscriptions: 2 },
      findings: [{ level: "note", subscription: "audit" }],
    });
  });
});

it("GIVEN a subscription that cannot be looked at THEN that is wrong, and the others are looked at", async () => {
  await withTrouble(async (doctor) => {
    const { code, stdout } = await doctor("--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [
        { level: "note", subscription: "audit" },
        {
          level: "wrong",
          subscription: "mail",
          what: expect.stringContaining("it cannot be looked at") as string,
        },
      ],
    });
  }, true);
});

it("GIVEN more than one answer THEN it puts them together, and says how far it has come", async () => {
  const api = anApi();
  await api.send("PUT", ORDERS, {});
  for (let number = 0; number < 120; number++)
    await api.send("PUT", `${ORDERS}/subscriptions/s${number}`, { paused: true });
  const server = await listen(createApp(api.engine), 0);
  try {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
    const { code, stdout, stderr } = await sluice("doctor");
    expect([code, stdout.split("\n").length]).toEqual([0, 122]);
    expect(stderr).toMatch(/^looked at 1\d\d topics and subscriptions\n$/);
  } finally {
    await server.close();
  }
});

it("GIVEN a policy that does not allow it THEN it names the grant, and ends with 1", async () => {
  const server = createServer((_, response) => {
    response.writeHead(403, { "content-type": "application/json" }).end('{"message":"Forbidden"}');
  });
  await new Promise<void>((done) => void server.listen(0, done));
  try {
    const { port } = server.address() as AddressInfo;
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: `http://127.0.0.1:${port}` } });
    const { code, stderr } = await sluice("doctor");
    expect([code, stderr]).toEqual([1, expect.stringContaining("grantDoctor allows this")]);
  } finally {
    server.close();
  }
});
