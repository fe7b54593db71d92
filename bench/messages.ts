import { randomBytes } from "node:crypto";
import { seededRandom } from "../lib/adapters/memory/random.js";
import { JSON_TYPE, type MessageContent } from "../lib/domain/message.js";
import type { Random } from "../lib/domain/ports/random.js";

export const BODY_BYTES = 1_024;

const FIRST = ["Ada", "Björn", "Chloé", "Dmitri", "Emre", "Fatima", "Grace", "Hiroshi", "Ines", "Jamal"];
const LAST = ["Almeida", "Berger", "Chen", "Dubois", "Eriksson", "Fischer", "García", "Haddad", "Ivanova"];
const STREETS = [
  "Oak Avenue",
  "Harbour Road",
  "Rue Haute",
  "Lindenweg",
  "Via Roma",
  "Kungsgatan",
  "Elm Street",
];
const CITIES = ["Lisbon", "Malmö", "Lyon", "Graz", "Turin", "Gdańsk", "Utrecht", "Porto", "Ghent", "Leipzig"];
const GOODS = [
  "tea, green",
  "kettle, steel",
  "notebook A5",
  "desk lamp",
  "wool scarf",
  "chess set",
  "bike bell",
];
const CARRIERS = ["post", "courier", "locker", "pick-up"];

const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.below(10)).join("");
const oneOf = (random: Random, all: readonly string[]): string => all[random.below(all.length)] ?? "";

function line(random: Random) {
  const quantity = 1 + random.below(5);
  const unitPriceCents = 99 + random.below(20_000);
  return {
    sku: `SKU-${digits(random, 8)}`,
    description: oneOf(random, GOODS),
    quantity,
    unitPriceCents,
    totalCents: quantity * unitPriceCents,
  };
}

/** An order as a shop would publish it: names, numbers and ids that differ, in a shape that does not. */
function order(random: Random): string {
  const [first, last] = [oneOf(random, FIRST), oneOf(random, LAST)];
  const content = {
    orderId: random.nonce(),
    correlationId: random.nonce(),
    placedAt: new Date(1_790_000_000_000 + random.below(86_400_000)).toISOString(),
    customer: {
      id: `C-${digits(random, 7)}`,
      name: `${first} ${last}`,
      email: `${first}.${last}.${digits(random, 2)}@example.com`.toLowerCase(),
      phone: `+351 ${digits(random, 9)}`,
    },
    shipTo: {
      street: `${1 + random.below(200)} ${oneOf(random, STREETS)}`,
      postcode: digits(random, 5),
      city: oneOf(random, CITIES),
      carrier: oneOf(random, CARRIERS),
    },
    payment: { method: "card", last4: digits(random, 4), authorization: random.nonce(), currency: "EUR" },
    lines: Array.from({ length: 4 }, () => line(random)),
  };
  const text = JSON.stringify(content);
  const room = BODY_BYTES - Buffer.byteLength(text) - ',"note":""'.length;
  return JSON.stringify({ ...content, note: digits(random, Math.max(0, room)) });
}

/** `orders`: JSON that deflate takes down to 0.3 in a batch. `noise`: random bytes. */
export type Kind = "orders" | "noise";

/** `count` different messages of about 1 KB. */
export function messages(kind: Kind, count: number, seed = 4711): readonly MessageContent[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    kind === "orders"
      ? { body: order(random), contentType: JSON_TYPE }
      : { body: new Uint8Array(randomBytes(BODY_BYTES)), contentType: "application/octet-stream" },
  );
}
