import { Resource } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import type { MetricName } from "../lib/domain/metrics.js";
import { type MetricOf, metricOf } from "./metrics.js";
import type { ISluice } from "./queue.js";

/** Whose metrics they are, and of what. */
export interface Measures extends MetricOf {
  readonly queue: ISluice;
}

/**
 * A queue, a topic or a subscription, with its metrics. Those of topics and subscriptions have data only where the
 * queue's `metrics` says so: synthesis refuses the others.
 */
export abstract class Measured extends Resource {
  protected abstract readonly measures: Measures;

  /** A metric by its name, docs/features/metrics.md lists them. @default - over five minutes, with its own statistic */
  metric(metricName: MetricName, options: MetricOptions = {}): Metric {
    const { queue, ...of } = this.measures;
    return metricOf(queue, metricName, options, of);
  }

  /** Messages that were not handed out yet; of a topic or a queue, those of the subscription with the most. */
  metricBacklog(options: MetricOptions = {}): Metric {
    return this.metric("backlog", options);
  }

  /** The age in seconds of the oldest message that is not acknowledged: over a quarter of an hour. */
  metricAge(options: MetricOptions = {}): Metric {
    return this.metric("oldest-unacked-seconds", options);
  }

  /** Deliveries that pumps began. */
  metricDeliveries(options: MetricOptions = {}): Metric {
    return this.metric("deliveries-started", options);
  }

  /** Deliveries that failed, or in which messages did. */
  metricFailures(options: MetricOptions = {}): Metric {
    return this.metric("delivery-failed", options);
  }

  /** Messages that expired before anybody acknowledged them. */
  metricExpired(options: MetricOptions = {}): Metric {
    return this.metric("messages-expired", options);
  }

  /** Messages that became dead letters. */
  metricDeadLetters(options: MetricOptions = {}): Metric {
    return this.metric("message-dead-lettered", options);
  }
}

/** A queue or a topic: what is published to. */
export abstract class MeasuredLog extends Measured {
  /** Messages that were published, by whichever way. */
  metricPublished(options: MetricOptions = {}): Metric {
    return this.metric("messages-published", options);
  }
}
