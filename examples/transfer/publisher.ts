import { setTimeout as pause } from "node:timers/promises";
import { SluiceClient } from "../../lib/client/index.js";
import { Bank, type Transfer } from "./bank.js";
import { TOPIC } from "./names.js";
import { transfersOf } from "./plan.js";
import type { PublisherSettings, ToldByPublisher } from "./processes.js";

const settings = JSON.parse(process.argv[2] ?? "{}") as PublisherSettings;
const tell = (told: ToldByPublisher): void => void process.send?.(told);
process.once("disconnect", () => process.exit());

const bank = new Bank(settings);
const queue = new SluiceClient({ apiUrl: settings.apiUrl, auth: "none" });

async function publish(transfers: readonly Transfer[]): Promise<void> {
  await queue.publish(
    TOPIC,
    transfers.map((body) => ({ body })),
  );
  tell({ kind: "published" });
  await Promise.all(transfers.map((transfer) => bank.published(transfer)));
  tell({ kind: "noted", transfers: transfers.length });
}

/** What an earlier one has begun and maybe not published is published, again if need be. Then it goes on. */
const { transfers: begun } = await bank.all();
const pending = begun.filter(({ isPending }) => isPending);
tell({ kind: "resumed", pending: pending.length });
if (pending.length > 0)
  await publish(pending.map(({ transferId, from, to, cents }) => ({ transferId, from, to, cents })));

const known = new Set(begun.map(({ transferId }) => transferId));
const rest = transfersOf(settings.transfers, settings.accounts).filter(
  ({ transferId }) => !known.has(transferId),
);
for (let at = 0; at < rest.length; at += settings.together) {
  const some = rest.slice(at, at + settings.together);
  await Promise.all(some.map((transfer) => bank.begin(transfer)));
  tell({ kind: "begun" });
  await publish(some);
  await pause(settings.gapMs);
}
tell({ kind: "done" });
process.disconnect();
