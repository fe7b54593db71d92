import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Endpoint } from "./endpoint.js";
import type { Functions } from "./functions.js";

export interface AlarmsProps {
  readonly endpoint: Endpoint;
  readonly functions: Functions;
  readonly failures: IQueue;
  readonly outboxFailures: IQueue;
  readonly actions: readonly IAlarmAction[];
}

const PERIOD = Duration.minutes(5);
/** What all functions of a queue count together under an event's name. */
const counted = (metricName: string, statistic: "Sum" | "Maximum" = "Sum", period = PERIOD): Metric =>
  new Metric({ namespace: "Sluice", metricName, dimensionsMap: { service: "sluice" }, statistic, period });

type Watched = readonly [id: string, metric: IMetric, description: string];

/** What the functions tell of. A subscription that sleeps tries its target every quarter of an hour or so. */
const EVENTS: readonly Watched[] = [
  [
    "OutboxRefused",
    counted("outbox-message-refused"),
    "a topic refused a message that was committed to the outbox: `sluice outbox` shows it, with the reason",
  ],
  [
    "Asleep",
    counted("breaker-still-open", "Sum", Duration.minutes(30)),
    "a subscription sleeps: its target takes nothing, and did not when it was tried again",
  ],
  [
    "Disabled",
    counted("subscription-disabled"),
    "a subscription is disabled: its target answered 410 for a day. Its messages wait until somebody wakes it",
  ],
  [
    "DeadLetters",
    counted("message-dead-lettered"),
    "a message became a dead letter: `sluice doctor` says which subscription, and `sluice dead-letters list` why",
  ],
];
/** The age of the oldest message that waits for longer than it should, as the clock finds it. */
const OUTBOX_AGE = counted("outbox-oldest-seconds", "Maximum");
const STRANDED_SECONDS = 300;
/** A store that is throttled for a moment is told so with a 503: a few of these are no reason to get up. */
const SERVER_ERRORS = 10;
/** The clock is started each minute: two such periods without one are an outage. */
const CLOCK_PERIODS = 2;

/** Failures that an operator should be called for. */
export class Alarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { endpoint, functions, failures, outboxFailures, actions }: AlarmsProps,
  ) {
    super(scope, id);
    const { dispatcher, pump, clock, relay, api, receive } = functions;
    const watched: readonly Watched[] = [
      ...EVENTS,
      [
        "DispatcherErrors",
        dispatcher.function.metricErrors({ period: PERIOD }),
        "the dispatcher fails: deliveries wait for the clock",
      ],
      [
        "DoorbellFailures",
        failures.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
        "doorbells were given up: deliveries wait for the clock",
      ],
      [
        "PumpErrors",
        pump.function.metricErrors({ period: PERIOD }),
        "a pump fails: its subscription may not be delivered to",
      ],
      [
        "ClockErrors",
        clock.function.metricErrors({ period: PERIOD }),
        "the clock fails: lost starts are not repaired, and retries may be late",
      ],
      [
        "RelayErrors",
        relay.function.metricErrors({ period: PERIOD }),
        "the relay fails: messages in the outbox wait for the clock",
      ],
      [
        "OutboxFailures",
        outboxFailures.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
        "messages in the outbox were not moved at once: they wait for the clock",
      ],
      ["ApiErrors", api.function.metricErrors({ period: PERIOD }), "the API's function fails"],
    ];
    this.watch(
      "OutboxAge",
      OUTBOX_AGE,
      "a message has waited in the outbox for five minutes: `sluice outbox` shows what for",
      actions,
      STRANDED_SECONDS,
    );
    const serverErrors = endpoint.serverErrors({ statistic: "Sum", period: PERIOD });
    this.watch("ServerErrors", serverErrors, "requests are answered with 5xx", actions, SERVER_ERRORS);
    this.watchClock(clock.function.metricInvocations({ period: PERIOD }), actions);
    if (receive) {
      const metric = receive.function.metricErrors({ period: PERIOD });
      this.watch("ReceiveErrors", metric, "the function that waits for messages fails", actions);
    }
    for (const [alarmId, metric, description] of watched) this.watch(alarmId, metric, description, actions);
  }

  /** No other alarm tells of a clock that is not started at all: a rule that was disabled, or may not invoke it. */
  private watchClock(metric: IMetric, actions: readonly IAlarmAction[]): void {
    const alarm = new Alarm(this, "ClockSilent", {
      metric,
      alarmDescription: "Sluice: the clock does not run: what is delayed or waits for a retry is late",
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: CLOCK_PERIODS,
      treatMissingData: TreatMissingData.BREACHING,
    });
    alarm.addAlarmAction(...actions);
  }

  private watch(
    id: string,
    metric: IMetric,
    description: string,
    actions: readonly IAlarmAction[],
    threshold = 1,
  ): void {
    const alarm = new Alarm(this, id, {
      metric,
      alarmDescription: `Sluice: ${description}`,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(...actions);
  }
}
