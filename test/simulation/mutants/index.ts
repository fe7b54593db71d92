import { ATOMIC_MUTANTS } from "./atomic.js";
import { BREAKER_MUTANTS } from "./breaker.js";
import { BLIND_SPOT_MUTANTS } from "./blind-spots.js";
import { BLOCK_MUTANTS } from "./block.js";
import { CLIENT_MUTANTS } from "./client.js";
import { CLOCK_MUTANTS } from "./clock.js";
import { CONSUME_MUTANTS } from "./consume.js";
import { SETTLE_AND_RECEIVE_MUTANTS } from "./settle-and-receive.js";
import { DEDUP_MUTANTS } from "./dedup.js";
import { DELAY_MUTANTS } from "./delay.js";
import { DEAD_LETTER_MUTANTS } from "./dead-letters.js";
import { ERASE_MUTANTS } from "./erase.js";
import { FAIRNESS_MUTANTS } from "./fairness.js";
import { FILTER_MUTANTS } from "./filter.js";
import { HOLD_MUTANTS } from "./hold.js";
import { INBOX_MUTANTS } from "./inbox.js";
import { JOURNAL_MUTANTS } from "./journal.js";
import { KEY_MUTANTS } from "./keys.js";
import { LEASE_MUTANTS } from "./lease.js";
import { LIST_MUTANTS } from "./lists.js";
import { LOG_MUTANTS } from "./log.js";
import { LOOK_UP_MUTANTS } from "./look-up.js";
import { MARK_MUTANTS } from "./marks.js";
import { OPERATOR_MUTANTS } from "./operator.js";
import { OUTBOX_MUTANTS } from "./outbox.js";
import { POISON_MUTANTS } from "./poison.js";
import { PACK_MUTANTS } from "./pack.js";
import { PAST_MUTANTS } from "./past.js";
import { PUMP_MUTANTS } from "./pump.js";
import { MEMORY_MUTANTS } from "./memory.js";
import type { Mutant } from "./mutant.js";
import { RATE_MUTANTS } from "./rate.js";
import { REDRIVE_MUTANTS } from "./redrive.js";
import { REPLAY_MUTANTS } from "./replay.js";
import { READING_MUTANTS } from "./reading.js";
import { RETRY_MUTANTS } from "./retry.js";
import { SCHEMA_MUTANTS } from "./schema.js";
import { SENT_REQUEST_MUTANTS } from "./sent-request.js";
import { SCHEDULE_MUTANTS } from "./schedule.js";
import { SEEK_MUTANTS } from "./seek.js";
import { UPLOAD_MUTANTS } from "./upload.js";
import { WAKE_MUTANTS } from "./wake.js";
import { WINDOW_MUTANTS } from "./window.js";
import { WEBHOOK_MUTANTS } from "./webhook.js";

export const MUTANTS: readonly Mutant[] = [
  ...LOG_MUTANTS,
  ...PACK_MUTANTS,
  ...CONSUME_MUTANTS,
  ...SETTLE_AND_RECEIVE_MUTANTS,
  ...RETRY_MUTANTS,
  ...PAST_MUTANTS,
  ...LEASE_MUTANTS,
  ...BREAKER_MUTANTS,
  ...WEBHOOK_MUTANTS,
  ...CLIENT_MUTANTS,
  ...POISON_MUTANTS,
  ...INBOX_MUTANTS,
  ...JOURNAL_MUTANTS,
  ...PUMP_MUTANTS,
  ...KEY_MUTANTS,
  ...BLOCK_MUTANTS,
  ...WAKE_MUTANTS,
  ...CLOCK_MUTANTS,
  ...SEEK_MUTANTS,
  ...BLIND_SPOT_MUTANTS,
  ...MARK_MUTANTS,
  ...FAIRNESS_MUTANTS,
  ...RATE_MUTANTS,
  ...WINDOW_MUTANTS,
  ...MEMORY_MUTANTS,
  ...DELAY_MUTANTS,
  ...SCHEDULE_MUTANTS,
  ...DEDUP_MUTANTS,
  ...SENT_REQUEST_MUTANTS,
  ...ATOMIC_MUTANTS,
  ...SCHEMA_MUTANTS,
  ...DEAD_LETTER_MUTANTS,
  ...HOLD_MUTANTS,
  ...REDRIVE_MUTANTS,
  ...REPLAY_MUTANTS,
  ...FILTER_MUTANTS,
  ...OPERATOR_MUTANTS,
  ...READING_MUTANTS,
  ...LOOK_UP_MUTANTS,
  ...ERASE_MUTANTS,
  ...LIST_MUTANTS,
  ...OUTBOX_MUTANTS,
  ...UPLOAD_MUTANTS,
];
