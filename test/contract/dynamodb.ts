import { GetCommand, PutCommand, TransactWriteCommand } from "../../lib/adapters/dynamodb/commands.js";
import { waitingKey } from "../../lib/adapters/dynamodb/items/waiting-key.js";
import { dynamoDbLogStore } from "../../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "../../lib/adapters/dynamodb/progress/progress-store.js";
import { dynamoDbDeadLetterStore } from "../../lib/adapters/dynamodb/dead-letter-store.js";
import { lazyDelayedStore } from "../../lib/adapters/dynamodb/lazy-delayed-store.js";
import { dynamoDbLocks } from "../../lib/adapters/dynamodb/locks.js";
import { dynamoDbGarbageStore } from "../../lib/adapters/dynamodb/settings/garbage-store.js";
import { lazyScheduleStore } from "../../lib/adapters/dynamodb/settings/lazy-schedule-store.js";
import { dynamoDbSubscriptionStore } from "../../lib/adapters/dynamodb/settings/subscription-store.js";
import { dynamoDbMarkStore } from "../../lib/adapters/dynamodb/mark-store.js";
import { dynamoDbTimerStore } from "../../lib/adapters/dynamodb/timer-store.js";
import { dynamoDbTopicStore } from "../../lib/adapters/dynamodb/settings/topic-store.js";
import { conflicts } from "../adapters/dynamodb/conflicts.js";
import { damagedItems } from "../adapters/dynamodb/damaged-items.js";
import { formats } from "../adapters/dynamodb/formats.js";
import { limits } from "../adapters/dynamodb/limits.js";
import { lostAnswers } from "../adapters/dynamodb/lost-answers.js";
import { type TestTables, createTables } from "../adapters/dynamodb/tables.js";
import { writeUnits } from "../adapters/dynamodb/write-units.js";
import { inboxContract } from "./inbox.js";
import { logStoreContract } from "./log-store.js";
import { dynamoDbOutboxStore } from "../../lib/adapters/dynamodb/outbox-store.js";
import { outboxEraseContract } from "./outbox-erase.js";
import { outboxFindContract } from "./outbox-find.js";
import { type WithOutbox, outboxStoreContract } from "./outbox-store.js";
import { type Take, logTakeContract } from "./log-take.js";
import { logTogetherContract } from "./log-together.js";
import { progressStoreContract } from "./progress-store.js";
import { deadLetterStoreContract } from "./dead-letter-store.js";
import { mendedCopiesContract } from "./mended-copies.js";
import { journalStoreContract } from "./journal-store.js";
import { dynamoDbJournalStore } from "../../lib/adapters/dynamodb/journal-store.js";
import { redriveJobsContract } from "./redrive-jobs.js";
import { replayJobsContract } from "./replay-jobs.js";
import { lazyRedriveJobs, lazyReplayJobs } from "../../lib/adapters/dynamodb/lazy-jobs.js";
import { delayedStoreContract } from "./delayed-store.js";
import { locksContract } from "./locks.js";
import { scheduleStoreContract } from "./schedule-store.js";
import { subscriptionStoreContract } from "./subscription-store.js";
import { markStoreContract } from "./mark-store.js";
import { tableLookContract } from "./table-look.js";
import { timerStoreContract } from "./timer-store.js";
import { topicStoreContract } from "./topic-store.js";

const PATIENCE_MS = 30_000;

/** What the adapters of this store promise, on whatever speaks for DynamoDB at `endpoint`. */
export function dynamoDbContract(endpoint: string): void {
  jest.setTimeout(PATIENCE_MS);
  let tables: TestTables;
  const made = async (): Promise<TestTables> => await Promise.resolve(tables);
  beforeAll(async () => {
    tables = await createTables(endpoint);
  });
  afterAll(async () => {
    await tables.drop();
  });

  tableLookContract(made);
  logStoreContract(async () => dynamoDbLogStore(await made()));
  logTakeContract(async () => {
    const db = await made();
    const TableName = (take: Take) => (take.from === "outbox" ? db.tables.outbox : db.tables.state);
    return {
      log: dynamoDbLogStore(db),
      put: async (take) => {
        await db.client.send(new PutCommand({ TableName: TableName(take), Item: waitingKey(take) }));
      },
      has: async (take) => {
        const get = { TableName: TableName(take), Key: waitingKey(take), ConsistentRead: true };
        return (await db.client.send(new GetCommand(get))).Item !== undefined;
      },
    };
  });
  logTogetherContract(async () => {
    const db = await made();
    return {
      log: dynamoDbLogStore(db),
      delayed: lazyDelayedStore(db),
      timers: dynamoDbTimerStore(db),
    };
  });
  const withOutbox = async (): Promise<WithOutbox> => {
    const db = await made();
    const TableName = db.tables.outbox;
    return {
      outbox: dynamoDbOutboxStore(db),
      log: dynamoDbLogStore(db),
      commit: async (items) => {
        const puts = items.map((Item) => ({ Put: { TableName, Item } }));
        await db.client.send(new TransactWriteCommand({ TransactItems: puts }));
      },
    };
  };
  outboxFindContract(withOutbox);
  outboxEraseContract(withOutbox);
  outboxStoreContract(withOutbox);
  topicStoreContract(async () => dynamoDbTopicStore(await made()));
  subscriptionStoreContract(async () => ({
    topics: dynamoDbTopicStore(await made()),
    subscriptions: dynamoDbSubscriptionStore(await made()),
    garbage: dynamoDbGarbageStore(await made()),
  }));
  progressStoreContract(async () => dynamoDbProgressStore(await made()));
  journalStoreContract(async () => dynamoDbJournalStore(await made()));
  redriveJobsContract(async () => ({
    progress: dynamoDbProgressStore(await made()),
    redriveJobs: lazyRedriveJobs(await made()),
    timers: dynamoDbTimerStore(await made()),
  }));
  replayJobsContract(async () => ({
    progress: dynamoDbProgressStore(await made()),
    redriveJobs: lazyRedriveJobs(await made()),
    replayJobs: lazyReplayJobs(await made()),
    timers: dynamoDbTimerStore(await made()),
  }));
  deadLetterStoreContract(async () => ({
    progress: dynamoDbProgressStore(await made()),
    deadLetters: dynamoDbDeadLetterStore(await made()),
  }));
  mendedCopiesContract(async () => ({
    progress: dynamoDbProgressStore(await made()),
    deadLetters: dynamoDbDeadLetterStore(await made()),
  }));
  delayedStoreContract(async () => ({
    delayed: lazyDelayedStore(await made()),
    timers: dynamoDbTimerStore(await made()),
    log: dynamoDbLogStore(await made()),
  }));
  scheduleStoreContract(async () => ({
    schedules: lazyScheduleStore(await made()),
    topics: dynamoDbTopicStore(await made()),
    timers: dynamoDbTimerStore(await made()),
    log: dynamoDbLogStore(await made()),
  }));
  locksContract(async () => dynamoDbLocks(await made()));
  timerStoreContract(async () => dynamoDbTimerStore(await made()));
  markStoreContract(async () => dynamoDbMarkStore(await made()));
  describe("a consumer's inbox", () => inboxContract(endpoint));
  describe("write units", () => writeUnits(made));
  describe("a write whose answer was lost", () => lostAnswers(made));
  describe("conflicts", () => conflicts(made));
  describe("limits", () => limits(made));
  describe("damaged items", () => damagedItems(made));
  describe("the format", () => formats(made));
}
