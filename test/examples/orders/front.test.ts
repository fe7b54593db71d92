import { type Ask, Front } from "../../../examples/orders/front.js";
import { TOPIC } from "../../../examples/orders/names.js";
import type { Death, Order } from "../../../examples/orders/order.js";
import { OrderService } from "../../../examples/orders/order-service.js";
import { planOf } from "../../../examples/orders/plan.js";
import { type Logged, NOTHING_YET, isRight, reportOf } from "../../../examples/orders/report.js";
import { putOutboxItem } from "../../../lib/adapters/memory/outbox-store.js";
import { seededRandom } from "../../../lib/adapters/memory/random.js";
import type { OutboxItem } from "../../../lib/client/index.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { relay } from "../../../lib/operations/relay/relay.js";
import { aDeployment } from "../../operations/a-deployment.js";
import { loggedIn, refusedIn, shardsOf, waitingIn } from "../../operations/an-outbox.js";
import { AShop, Died, type Fate } from "./a-shop.js";

const ORDERS = 60;
const CUSTOMERS = 5;
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const FATES: readonly Fate[] = ["lost-request", "lost-answer", "late-landing", "conflict"];

/** A process dies at a step, and with it whatever it would have done next. */
const diesAt = (dies: Death | undefined) => async (step: string, order: number) => {
  await Promise.resolve();
  if (dies && dies.at !== "any-moment" && dies.at === step && dies.order === order) throw new Died(step);
};

type MadeShop = (...made: ConstructorParameters<typeof AShop>) => AShop;

/** A run of the example over memory, with two relays that look now and then. */
async function ran(seed: number, makeShop: MadeShop = (...made) => new AShop(...made)) {
  const random = seededRandom(seed);
  const { storage, clock, process } = aDeployment(seed);
  const [relayer, other] = [process(), process()];
  await putTopic(relayer, TOPIC, { ordering: "key", partitions: 3 });
  const plan = planOf("run", ORDERS, CUSTOMERS);
  const fate = (): Fate => (random.below(4) === 0 ? FATES[random.below(FATES.length)] : undefined);
  const shop = makeShop(storage, plan.stock, fate);
  const relays = async (): Promise<void> => {
    const untilMs = clock.nowMs() + 60_000;
    await Promise.all([relayer, other].map((engine) => relay(engine, shardsOf(TOPIC), { untilMs })));
  };
  const ask: Ask = async ({ orders, dies }) => {
    clock.advance(random.below(3));
    if (random.below(3) === 0) shop.landLate();
    if (random.below(6) === 0) await relays();
    const options = { outboxTable: "Outbox", nowMs: () => clock.nowMs(), at: diesAt(dies) };
    return await new OrderService(shop, options).place(orders);
  };
  const happened = { ...NOTHING_YET };
  const options = {
    below: (limit: number) => random.below(limit),
    faults: 40,
    momentMs: 5,
    pause: () => Promise.resolve(),
  };
  const front = new Front(ask, happened, options);
  await Promise.all(plan.batches.map((batches) => front.places(batches)));
  shop.landLate();
  await relays();
  const messages = loggedIn(storage)
    .flat()
    .map(({ givenId = "", body }): Logged => ({ id: givenId, order: JSON.parse(String(body)) as Order }));
  const after = [...shop.left].map(([product, left]) => ({ product, left }));
  const report = reportOf(
    {
      ...{ planned: plan.orders, answers: front.answers, messages, before: plan.stock, after },
      orders: [...shop.orders.values()],
      waiting: waitingIn(storage) + refusedIn(storage, TOPIC).length,
    },
    happened,
  );
  return { report };
}

it.each(SEEDS)(
  "GIVEN a service that is killed anywhere WHEN a front asks again THEN orders and messages agree, seed %i",
  async (seed) => {
    const { report } = await ran(seed);
    expect({ seed, ...report }).toMatchObject({
      asked: ORDERS,
      unanswered: 0,
      withoutMessage: 0,
      waiting: 0,
    });
    expect({ seed, ...report }).toMatchObject({ withSeveral: 0, withoutOrder: 0, ofRolledBack: 0 });
    expect(isRight(report)).toBe(true);
    expect(report.soldOut).toBeGreaterThan(0);
  },
);

it("GIVEN all seeds WHEN they have run THEN each kind of fault has happened", async () => {
  const reports = await Promise.all(SEEDS.slice(0, 5).map(async (seed) => (await ran(seed)).report));
  for (const fault of Object.keys(NOTHING_YET) as (keyof typeof NOTHING_YET)[]) {
    const times = reports.reduce((sum, report) => sum + report[fault], 0);
    expect([fault, times]).not.toEqual([fault, 0]);
  }
});

/** What the outbox is there against: a message that is published beside its order. */
class PublishesFirst extends AShop {
  protected override write(order: Order, message: OutboxItem) {
    putOutboxItem(this.storage, message.Put.Item);
    return super.write(order, message);
  }
}

/** Looks at the stock before it looks whether the order is there, and so denies orders that took the last units. */
class DeniesItsOwn extends AShop {
  protected override write(order: Order, message: OutboxItem) {
    if ((this.left.get(order.product) ?? 0) < order.units) return { kind: "sold-out" } as const;
    return super.write(order, message);
  }
}

it.each<readonly [string, MadeShop]>([
  ["publishes beside its transaction", (...made) => new PublishesFirst(...made)],
  ["denies orders that it has placed", (...made) => new DeniesItsOwn(...made)],
])("GIVEN a service that %s WHEN all is compared THEN it is not right", async (_, makeShop) => {
  const reports = await Promise.all(SEEDS.map(async (seed) => (await ran(seed, makeShop)).report));
  expect(reports.some((report) => !isRight(report))).toBe(true);
});
