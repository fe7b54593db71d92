import { listen } from "../../cli/dev/listen.js";
import { createApp } from "../../lib/http/app.js";
import { findRoute } from "../../lib/http/route-table.js";
import { routes } from "../../lib/http/routes/index.js";
import { aTerminal } from "../cli/a-terminal.js";
import { type Api, AUDIT, ORDERS, anApi } from "../http/an-api.js";
import { page } from "./pages.js";

interface Question {
  readonly question: string;
  readonly command: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

/** The rows of the page's table. */
async function questions(): Promise<readonly Question[]> {
  const { text } = await page("docs/operating.md");
  const section = text.split("## Every question, in one command and one request")[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| (.+?) \| `sluice (.+?)` \| `([A-Z]+) (\S+)(?: (\{.+\}))?` \|$/gm)].map(
    ([, question = "", command = "", method = "", path = "", body]) => ({
      question,
      command,
      method,
      path,
      body,
    }),
  );
}

/** A topic of which one message is dead, one waits for another attempt, and a schedule and a webhook are made. */
async function withTrouble(): Promise<{ readonly api: Api; readonly named: (text: string) => string }> {
  const api = anApi();
  await api.send("PUT", ORDERS, {});
  await api.send("PUT", AUDIT, {});
  const target = { type: "https", url: "https://hooks.example/in" };
  await api.send("PUT", `${ORDERS}/subscriptions/pushed`, { target });
  await api.send("PUT", `${ORDERS}/schedules/nightly`, { cron: "0 3 * * *", message: { body: 1 } });
  const messages = [{ body: 1, key: "k" }, { body: 2 }];
  await api.send("POST", `${ORDERS}/messages`, { messages });
  const received = (await api.send("POST", `${AUDIT}/receive`, { waitSeconds: 0 })).body as {
    messages: readonly { id: string; receipt: string }[];
  };
  const [dead, stuck] = received.messages;
  const results = [
    { receipt: dead?.receipt, outcome: "reject", error: "no such customer" },
    { receipt: stuck?.receipt, outcome: "retry", delaySeconds: 600 },
  ];
  await api.send("POST", `${AUDIT}/settle`, { results });
  const names: Readonly<Record<string, string>> = {
    ...{ TOPIC: "orders", SUBSCRIPTION: "audit", PUSHED: "pushed", SCHEDULE: "nightly", KEY: "k" },
    ...{ ID: stuck?.id ?? "?", DEAD: dead?.id ?? "?" },
  };
  return { api, named: (text) => text.replaceAll(/\b[A-Z]{2,}\b/g, (name) => names[name] ?? name) };
}

it("has each question of an operator at night", async () => {
  const all = (await questions()).map(({ question }) => question).join("\n");
  for (const word of [
    "stuck",
    "why",
    "since when",
    "published",
    "handler",
    "sent again",
    "skipped",
    "stopped",
  ])
    expect(all).toContain(word);
});

it("GIVEN each request of the table THEN the API has it, and answers", async () => {
  const rows = await questions();
  expect(rows.length).toBeGreaterThan(20);
  for (const { question, method, path, body } of rows) {
    const { api, named } = await withTrouble();
    expect(() => findRoute(routes, method, named(path).split("?")[0] ?? "")).not.toThrow();
    const sent = body === undefined ? undefined : (JSON.parse(named(body)) as unknown);
    const { status, text } = await api.send(method, named(path), sent);
    expect([question, status < 300 ? "answered" : text]).toEqual([question, "answered"]);
  }
});

it("GIVEN each command of the table THEN there is one, and it answers", async () => {
  for (const { question, command } of await questions()) {
    const { api, named } = await withTrouble();
    const server = await listen(createApp(api.engine), 0);
    try {
      const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
      const { code, stderr } = await sluice(...named(command).split(" "));
      // A doctor that finds something ends with 1.
      const expected = command.startsWith("doctor") ? 1 : 0;
      expect([question, code, code === expected ? "" : stderr]).toEqual([question, expected, ""]);
    } finally {
      await server.close();
    }
  }
});
