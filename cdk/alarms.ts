import { CustomResource, Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import type { Rule } from "aws-cdk-lib/aws-events";
import type { IQueue as ISqsQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { Checks } from "./check.js";
import type { Endpoint } from "./endpoint.js";
import type { Functions } from "./functions.js";
import type { Measured } from "./measured.js";
import type { ISluice } from "./queue.js";

export interface AlarmsProps {
  readonly queue: ISluice & Measured & { readonly provisioner: Construct };
  readonly functions: Functions;
  /** What starts the clock. */
  readonly rule: Rule;
  readonly tables: readonly ITable[];
  readonly endpoint: Endpoint;
  readonly failures: ISqsQueue;
  readonly outboxFailures: ISqsQueue;
  readonly actions: readonly IAlarmAction[];
  readonly thresholds: AlarmThresholds;
}

/** From what value on an alarm goes off, each over five minutes if nothing else is said. */
export interface AlarmThresholds {
  /** Messages that became dead letters. @default 1 */
  readonly deadLetters?: number;
  /** Deliveries to functions and webhooks that failed, or reported failed messages. @default 100 */
  readonly failedDeliveries?: number;
  /** Subscriptions whose target took nothing, so that they fell asleep. @default 1 */
  readonly breakersOpened?: number;
  /** Messages that expired before anybody acknowledged them. @default 1 */
  readonly expired?: number;
  /** The age in seconds of the oldest message that is not acknowledged, over a quarter of an hour. @default 3600 */
  readonly ageSeconds?: number;
  /** Requests that the endpoint answered with a status of 500 or above. @default 10 */
  readonly serverErrors?: number;
  /** Requests of the functions that DynamoDB throttled, over all three tables. @default 10 */
  readonly storeThrottled?: number;
  /** The age in seconds of the oldest message that is stranded in the outbox. @default 300 */
  readonly outboxAgeSeconds?: number;
  /** Runs of schedules that published nothing, since their message does not fit its topic's schema. @default 1 */
  readonly schedulesRefused?: number;
  /** Tries at which a schedule could not be run; it is tried again, with pauses of up to five minutes. @default 3 */
  readonly schedulesFailed?: number;
  /** Runs that came more than a minute late. Each stands for all of its schedule that were missed. @default 1 */
  readonly schedulesMissed?: number;
}

/** A store that is throttled for a moment is told so with a 503: a few of these are no reason to get up. */
const DEFAULTS: Required<AlarmThresholds> = {
  deadLetters: 1,
  failedDeliveries: 100,
  breakersOpened: 1,
  expired: 1,
  ageSeconds: 3_600,
  serverErrors: 10,
  storeThrottled: 10,
  outboxAgeSeconds: 300,
  schedulesRefused: 1,
  schedulesFailed: 3,
  schedulesMissed: 1,
};
const AT_MOST = 1_000_000_000;

/** @throws {Error} for a threshold that is out of range or that no alarm has, with the construct's path */
export function checkThresholds(scope: Construct, thresholds: AlarmThresholds): void {
  const checks = new Checks(scope);
  const names = Object.keys(DEFAULTS);
  for (const [name, value] of Object.entries(thresholds) as [string, number | undefined][]) {
    if (!names.includes(name))
      checks.refuse(`alarmThresholds.${name}: there is no such threshold; use ${names.join(", ")}`);
    checks.within(`alarmThresholds.${name}`, value, 1, AT_MOST);
  }
}

const PERIOD = Duration.minutes(5);
/** A subscription that sleeps tries its target every quarter of an hour or so. */
const ASLEEP_PERIOD = Duration.minutes(30);

/** Reads and writes that were throttled. A sum goes on without those that a table does not have, as nothing was. */
function throttledOn(tables: readonly ITable[]): IMetric {
  const metrics = tables.flatMap((table) =>
    ["ReadThrottleEvents", "WriteThrottleEvents"].map((name) =>
      table.metric(name, { statistic: "Sum", period: PERIOD }),
    ),
  );
  return new MathExpression({
    expression: "SUM(METRICS())",
    usingMetrics: Object.fromEntries(metrics.map((metric, at) => [`m${at}`, metric])),
    period: PERIOD,
  });
}

interface Watched {
  readonly metric: IMetric;
  readonly description: string;
  /** @default 1 */
  readonly threshold?: number;
}

/** Failures that an operator should be called for. */
export class Alarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: AlarmsProps,
  ) {
    super(scope, id);
    const watched = {
      ...ofFunctions(props),
      ...ofQueues(props),
      ...ofMessages({ ...DEFAULTS, ...given(props.thresholds) }, props),
    };
    for (const [alarmId, each] of Object.entries(watched)) this.watch(alarmId, each);
    this.watchForSilence();
  }

  private watch(id: string, { metric, description, threshold = 1 }: Watched): void {
    const alarm = new Alarm(this, id, {
      metric,
      alarmDescription: `Sluice: ${description}`,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // These metrics have no data while nothing is wrong, so that the alarm ends with its cause.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(...this.props.actions);
  }

  /**
   * A clock that is not started counts nothing, not even an error. It is made after the clock's first runs: it would
   * find no data before them.
   */
  private watchForSilence(): void {
    const { queue, rule, functions, actions } = this.props;
    const started = new CustomResource(this, "ClockStarted", queue.provisioned("Custom::SluiceClockStarted"));
    started.node.addDependency(rule, queue.provisioner);
    const alarm = new Alarm(this, "ClockSilent", {
      metric: functions.clock.function.metricInvocations({ period: PERIOD }),
      alarmDescription:
        "Sluice: the clock does not run: lost starts are not repaired, delayed messages and retries wait",
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING,
    });
    alarm.node.addDependency(started);
    alarm.addAlarmAction(...actions);
  }
}

const given = (thresholds: AlarmThresholds): AlarmThresholds =>
  Object.fromEntries(Object.entries(thresholds).filter(([, value]) => value !== undefined));

function ofFunctions({ functions }: AlarmsProps): Readonly<Record<string, Watched>> {
  const { dispatcher, pump, clock, relay, api, receive } = functions;
  const errors = ({ function: fn }: typeof api, description: string): Watched => ({
    metric: fn.metricErrors({ period: PERIOD }),
    description,
  });
  return {
    DispatcherErrors: errors(dispatcher, "the dispatcher fails: deliveries wait for the clock"),
    PumpErrors: errors(pump, "a pump fails: its subscription may not be delivered to"),
    ClockErrors: errors(clock, "the clock fails: lost starts are not repaired, and retries may be late"),
    RelayErrors: errors(relay, "the relay fails: messages in the outbox wait for the clock"),
    ApiErrors: errors(api, "the API's function fails"),
    ...(receive ? { ReceiveErrors: errors(receive, "the function that waits for messages fails") } : {}),
  };
}

/**
 * What was given up stays in its queue as evidence, for two weeks, while the clock makes up for it within minutes. So
 * what comes in is counted, and not what lies there.
 */
function ofQueues({ failures, outboxFailures }: AlarmsProps): Readonly<Record<string, Watched>> {
  return {
    DoorbellFailures: {
      metric: failures.metricNumberOfMessagesSent({ period: PERIOD }),
      description:
        "doorbells were given up: deliveries wait for the clock. The queue of failed doorbells has them",
    },
    OutboxFailures: {
      metric: outboxFailures.metricNumberOfMessagesSent({ period: PERIOD }),
      description: "messages in the outbox were not moved at once: they wait for the clock",
    },
  };
}

/** One that fails holds up no other, and is tried again: so the first failure is no reason to get up. */
const ofSchedules = (
  { schedulesRefused, schedulesFailed, schedulesMissed }: Required<AlarmThresholds>,
  queue: AlarmsProps["queue"],
): Readonly<Record<string, Watched>> => ({
  ScheduleRefused: {
    metric: queue.metric("schedule-run-refused"),
    description:
      "a schedule published nothing: its message does not fit its topic's schema. `sluice doctor` says of which",
    threshold: schedulesRefused,
  },
  ScheduleFailed: {
    metric: queue.metric("schedule-run-failed"),
    description:
      "a schedule cannot be run: the event schedule-run-failed in the clock's log says which, and why",
    threshold: schedulesFailed,
  },
  ScheduleMissed: {
    metric: queue.metric("schedule-run-made-up"),
    description:
      "a schedule ran late, once for all runs that were missed: the clock did not run, or its topic was paused",
    threshold: schedulesMissed,
  },
});

function ofMessages(
  thresholds: Required<AlarmThresholds>,
  { queue, endpoint, tables }: AlarmsProps,
): Readonly<Record<string, Watched>> {
  return {
    ...ofSchedules(thresholds, queue),
    DeadLetters: {
      metric: queue.metric("message-dead-lettered"),
      description:
        "messages became dead letters: `sluice doctor` says of which subscription, `sluice dead-letters list` why",
      threshold: thresholds.deadLetters,
    },
    FailedDeliveries: {
      metric: queue.metric("delivery-failed"),
      description: "deliveries fail: the event delivery-failed in the pump's log says which, and why",
      threshold: thresholds.failedDeliveries,
    },
    BreakerOpened: {
      metric: queue.metric("breaker-opened"),
      description: "a target takes nothing, or throttles: its subscription sleeps for a while",
      threshold: thresholds.breakersOpened,
    },
    Asleep: {
      metric: queue.metric("breaker-still-open", { period: ASLEEP_PERIOD }),
      description: "a subscription sleeps: its target takes nothing, and did not when it was tried again",
    },
    Disabled: {
      metric: queue.metric("subscription-disabled"),
      description:
        "a subscription is disabled: its target answered 410 for a day. Its messages wait until somebody wakes it",
    },
    Expired: {
      metric: queue.metric("messages-expired"),
      description: "messages expired before anybody acknowledged them",
      threshold: thresholds.expired,
    },
    Age: {
      metric: queue.metricAge(),
      description: "a message waits for too long: `sluice doctor` says of which subscription",
      threshold: thresholds.ageSeconds,
    },
    ServerErrors: {
      metric: endpoint.serverErrors({ statistic: "Sum", period: PERIOD }),
      description: "the API answers with a status of 500 or above",
      threshold: thresholds.serverErrors,
    },
    StoreThrottled: {
      metric: throttledOn(tables),
      description: "DynamoDB throttles the tables: publishes and deliveries are slow, or refused",
      threshold: thresholds.storeThrottled,
    },
    OutboxRefused: {
      metric: queue.metric("outbox-message-refused"),
      description:
        "a topic refused a message that was committed to the outbox: `sluice outbox` shows it, with the reason",
    },
    OutboxAge: {
      // Of the oldest message that waits for longer than it should, as the clock finds it.
      metric: queue.metric("outbox-oldest-seconds"),
      description: "a message has waited in the outbox for too long: `sluice outbox` shows what for",
      threshold: thresholds.outboxAgeSeconds,
    },
  };
}
