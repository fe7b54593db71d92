import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { Bank, type Transfer } from "./bank.js";
import { TIMEOUT_SECONDS } from "./names.js";
import type { Fault, ReceiverSettings, ToldByReceiver } from "./processes.js";

const settings = JSON.parse(process.argv[2] ?? "{}") as ReceiverSettings;
const tell = (told: ToldByReceiver, then?: () => void): void => void process.send?.(told, () => then?.());
process.once("disconnect", () => process.exit());

const bank = new Bank(settings);
const webhook = new Webhook(settings.secret);
/** What goes wrong with the next requests, in order. */
const faults: Fault[] = [];
process.on("message", (more: readonly Fault[]) => faults.push(...more));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { body } = verified(await text(request), request.headers) ?? {};
  if (!body) return void response.writeHead(401).end();
  const fault = faults.shift();
  if (fault) tell({ kind: "fault", fault });
  if (fault === "throws") throw new Error("the bank is out of order");
  // Meanwhile it is asked again, so that two are at work on the same transfer.
  if (fault === "slow") await pause(TIMEOUT_SECONDS * 1_000 + 500);
  const isRedelivery = !(await bank.credit(request, body));
  if (fault === "crashes") return tell({ kind: "took", isRedelivery }, () => process.exit(1));
  tell({ kind: "took", isRedelivery });
  if (fault === "throws-after-write") throw new Error("the bank is out of order, after its write");
  response.writeHead(204).end();
}

function verified(
  body: string,
  headers: IncomingMessage["headers"],
): { readonly body: Transfer } | undefined {
  try {
    return webhook.verify(body, headers as Record<string, string>) as { readonly body: Transfer };
  } catch {
    return undefined;
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
});
server.listen(settings.port, "127.0.0.1");
