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
import type { Functions } from "./functions.js";

export interface AlarmsProps {
  readonly functions: Functions;
  readonly failures: IQueue;
  readonly outboxFailures: IQueue;
  readonly actions: readonly IAlarmAction[];
}

const PERIOD = Duration.minutes(5);
/** What all functions of a queue count together under an event's name. */
const counted = (metricName: string, statistic: "Sum" | "Maximum" = "Sum", period = PERIOD): Metric =>
  new Metric({ namespace: "Sluice", metricName, dimensionsMap: { service: "sluice" }, statistic, period });

/** A subscription that sleeps tries its target every quarter of an hour or so. */
const ASLEEP = counted("breaker-still-open", "Sum", Duration.minutes(30));
const DISABLED = counted("subscription-disabled");
const OUTBOX_REFUSED = counted("outbox-message-refused");
/** The age of the oldest message that waits for longer than it should, as the clock finds it. */
const OUTBOX_AGE = counted("outbox-oldest-seconds", "Maximum");
const STRANDED_SECONDS = 300;

/** Failures that an operator should be called for. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { functions, failures, outboxFailures, actions }: AlarmsProps) {
    super(scope, id);
    const { dispatcher, pump, clock, relay, api, receive } = functions;
    const watched: readonly [id: string, metric: IMetric, description: string][] = [
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
      [
        "OutboxRefused",
        OUTBOX_REFUSED,
        "a topic refused a message that was committed to the outbox: `sluice outbox` shows it, with the reason",
      ],
      [
        "Asleep",
        ASLEEP,
        "a subscription sleeps: its target takes nothing, and did not when it was tried again",
      ],
      [
        "Disabled",
        DISABLED,
        "a subscription is disabled: its target answered 410 for a day. Its messages wait until somebody wakes it",
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
    if (receive) {
      const metric = receive.function.metricErrors({ period: PERIOD });
      this.watch("ReceiveErrors", metric, "the function that waits for messages fails", actions);
    }
    for (const [alarmId, metric, description] of watched) this.watch(alarmId, metric, description, actions);
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
