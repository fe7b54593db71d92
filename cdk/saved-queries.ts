/** A query for CloudWatch Logs Insights. */
export interface LogQuery {
  readonly name: string;
  readonly lines: readonly string[];
}

/** What docs/log-queries.md shows, in its order: a test holds the two against each other. */
export const LOG_QUERIES: readonly LogQuery[] = [
  {
    name: "What failed, and what the handler said",
    lines: [
      "fields @timestamp, topic, subscription, attempt, messages, error",
      '| filter event = "delivery-failed"',
      "| sort @timestamp desc",
      "| limit 100",
    ],
  },
  {
    name: "Which subscriptions fail most",
    lines: [
      'filter event = "delivery-failed"',
      "| stats count(*) as failures, sum(messages) as failed by topic, subscription",
      "| sort failures desc",
    ],
  },
  {
    name: "What became a dead letter",
    lines: [
      "fields @timestamp, topic, subscription, id, attempt, reason, error",
      '| filter event = "message-dead-lettered"',
      "| sort @timestamp desc",
      "| limit 100",
    ],
  },
  {
    name: "Everything that was told of one message",
    lines: [
      "fields @timestamp, event, topic, subscription, attempt, error",
      '| filter @message like "orders.yrTLdMIwzF.0.1795798868316001"',
      "| sort @timestamp asc",
    ],
  },
  {
    name: "Who was answered with an error, and how slowly",
    lines: [
      "fields @timestamp, method, path, status, tookMs, requestId",
      '| filter event = "request" and status >= 400',
      "| sort @timestamp desc",
      "| limit 100",
    ],
  },
  {
    name: "How many requests, and how long they took",
    lines: [
      'filter event = "request"',
      "| stats count(*) as requests, pct(tookMs, 50) as p50, pct(tookMs, 99) as p99 by method, bin(5m)",
    ],
  },
  {
    name: "Why a request failed on our side",
    lines: [
      "fields @timestamp, method, path, error, stack",
      '| filter event = "request-failed" and requestId = "…"',
    ],
  },
  {
    name: "Which targets take nothing",
    lines: [
      "fields @timestamp, event, topic, subscription, reason, error",
      '| filter event in ["breaker-opened", "breaker-still-open", "breaker-closed", "subscription-disabled"]',
      "| sort @timestamp desc",
    ],
  },
  {
    name: "What waits, and for how long",
    lines: [
      'filter event = "topic-backlog"',
      "| stats max(backlog) as waiting, max(oldestSeconds) as oldest by topic, bin(5m)",
    ],
  },
  {
    name: "How late delayed messages are",
    lines: [
      'filter event = "delayed-messages-published"',
      "| stats sum(messages) as published, max(lateMs) as latest by topic, bin(5m)",
    ],
  },
  {
    name: "Which schedules ran, how late, and which did not",
    lines: [
      "fields @timestamp, event, topic, schedule, messageId, lateMs, detail, error",
      '| filter event in ["schedule-ran", "schedule-run-now", "schedule-run-made-up",',
      '    "schedule-run-refused", "schedule-run-failed"]',
      "| sort @timestamp desc",
      "| limit 100",
    ],
  },
  {
    name: "What needs an operator",
    lines: [
      "fields @timestamp, event, topic, subscription, @message",
      '| filter level = "ERROR"',
      "| sort @timestamp desc",
      "| limit 100",
    ],
  },
];
