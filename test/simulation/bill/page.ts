import { DIVIDED, dividedRow } from "./filters.js";
import { FATES, fateRow } from "./fates.js";
import { BY_OUTBOX, outboxRow } from "./outbox.js";
import { type Bill, billOf, dollars, total } from "./prices.js";
import { rivalMonth } from "./rival.js";
import { type Traffic, monthOf } from "./traffic.js";

/**
 * No larger batches: those are deflated beside the event loop, where this world does not see time, and would not be the
 * same at each run.
 */
const PUSHED: readonly Traffic[] = [1, 10, 1_000].flatMap((messagesPerSecond) =>
  (messagesPerSecond === 1_000 ? [1, 10, 25] : [1, 10]).flatMap((batch) =>
    [1, 3].map((pushed) => ({ messagesPerSecond, batch, pushed })),
  ),
);

const OTHERS: readonly (readonly [what: string, traffic: Traffic])[] = [
  ["an idle deployment with a push subscription", { messagesPerSecond: 0, batch: 1, pushed: 1 }],
  [
    "one consumer that polls in vain, twenty seconds each time",
    { messagesPerSecond: 0, batch: 1, pushed: 0, pulled: 1 },
  ],
  ["1 message a second, pulled one by one", { messagesPerSecond: 1, batch: 1, pushed: 0, pulled: 1 }],
  [
    "10 messages a second, published and pulled in tens",
    { messagesPerSecond: 10, batch: 10, pushed: 0, pulled: 1 },
  ],
  [
    "the same, settled with the next receive",
    { messagesPerSecond: 10, batch: 10, pushed: 0, pulled: 1, settlesWithReceive: true },
  ],
  [
    "1 message a second to a function that always fails",
    { messagesPerSecond: 1, batch: 1, pushed: 1, isDown: true },
  ],
  [
    "10,000 messages that wait for a function which is missing",
    { messagesPerSecond: 0, batch: 25, pushed: 1, deadWith: 10_000 },
  ],
];

const PARTS = ["api", "functions", "tables", "objects", "logs"] as const satisfies readonly (keyof Bill)[];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const parts = (bill: Bill): string[] => PARTS.map((part) => dollars(bill[part]));

/** Calls `tell` with each row as it is known. */
async function rowsOf<T>(
  all: readonly T[],
  row: (one: T) => Promise<string[]>,
  tell: (line: string) => void,
): Promise<string[][]> {
  const rows: string[][] = [];
  for (const one of all) {
    const cells = await row(one);
    tell(cells.join("  "));
    rows.push(cells);
  }
  return rows;
}

/** The tables of docs/cost.md, from units that are counted anew. */
export async function tables(tell: (line: string) => void): Promise<readonly string[]> {
  const pushed = await rowsOf(
    PUSHED,
    async (traffic) => {
      const bill = billOf(await monthOf(traffic));
      const { messagesPerSecond, batch, pushed: subscribers } = traffic;
      const about = [messagesPerSecond.toLocaleString("en"), String(batch), String(subscribers)];
      return [...about, ...parts(bill), `**${dollars(total(bill))}**`, dollars(rivalMonth(traffic))];
    },
    tell,
  );
  const others = await rowsOf(
    OTHERS,
    async ([what, traffic]) => {
      const bill = billOf(await monthOf(traffic));
      return [what, ...parts(bill), `**${dollars(total(bill))}**`];
    },
    tell,
  );
  const divided = await rowsOf(DIVIDED, dividedRow, tell);
  const byOutbox = await rowsOf(BY_OUTBOX, outboxRow, tell);
  const fates = await rowsOf(FATES, fateRow, tell);
  return [
    table(
      [
        "messages/s",
        "in a batch",
        "subscribers",
        "requests",
        "functions",
        "tables",
        "S3",
        "logs",
        "Sluice",
        "SNS + SQS",
      ],
      pushed,
    ),
    table(["what", "requests", "functions", "tables", "S3", "logs", "together"], others),
    table(["what", "one subscription", "ten, divided by their filters", "ratio"], divided),
    table(
      [
        "messages/s",
        "by",
        "write units",
        "in your transaction",
        "read units",
        "invocations",
        "requests",
        "a month",
      ],
      byOutbox,
    ),
    table(["a message of 1 KB that comes alone", "write units"], fates),
  ];
}
