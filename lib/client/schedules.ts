import type { z } from "zod";
import { isJson } from "../domain/message.js";
import type {
  ScheduleAnswer,
  ScheduleBody,
  ScheduleChange,
  ScheduleList,
  ScheduleRun,
} from "../http/contracts/schedule.js";
import { bodyText, jsonOf } from "./json-text.js";
import { checkedName } from "./options.js";
import { parsed } from "./outcomes.js";
import { checkedKey } from "./publishing.js";
import { queryOf } from "./send.js";
import type { RequestOptions } from "./transport.js";
import type { PageOptions } from "./types.js";

export type ScheduleInput = z.input<typeof ScheduleBody>;
export type ScheduleChangeInput = z.input<typeof ScheduleChange>;
export type Schedule = z.output<typeof ScheduleAnswer> & {
  /** A JSON `message.body` as it was sent, including digits that a JavaScript number cannot hold. */
  readonly bodyText?: string;
};
export type SchedulePage = z.output<typeof ScheduleList>;
export type ScheduleRunResult = z.output<typeof ScheduleRun>;

interface Requests {
  request(method: string, path: string, body?: string, options?: RequestOptions): Promise<string>;
}

/** The schedules of one topic: messages that are published again and again. */
export class Schedules {
  constructor(
    private readonly root: string,
    private readonly requests: Requests,
  ) {}

  /** Creates it, or changes it to these settings; what is left out gets its default. */
  async put(name: string, settings: ScheduleInput): Promise<Schedule> {
    return shown(await this.requests.request("PUT", this.#path(name), jsonOf(settings)));
  }

  /** Changes the given settings and leaves the others. */
  async change(name: string, change: ScheduleChangeInput): Promise<Schedule> {
    return shown(await this.requests.request("PATCH", this.#path(name), jsonOf(change)));
  }

  /** From then on it does not run, and what falls into the pause is not made up for. */
  async pause(name: string): Promise<Schedule> {
    return await this.change(name, { paused: true });
  }

  async resume(name: string): Promise<Schedule> {
    return await this.change(name, { paused: false });
  }

  async get(name: string): Promise<Schedule> {
    return shown(await this.requests.request("GET", this.#path(name)));
  }

  /** By name, without their messages. */
  async list(page: PageOptions = {}): Promise<SchedulePage> {
    const { limit, cursor } = page;
    return parsed(
      await this.requests.request("GET", `${this.root}${queryOf({ limit, cursor })}`),
    ) as SchedulePage;
  }

  async delete(name: string): Promise<void> {
    await this.requests.request("DELETE", this.#path(name));
  }

  /**
   * Publishes its message now; its next run stays. Each call has a key of its own, so that one which is repeated after
   * a lost answer runs once; with `idempotencyKey`, you repeat it yourself.
   */
  async run(name: string, { idempotencyKey }: { idempotencyKey?: string } = {}): Promise<ScheduleRunResult> {
    const key = checkedKey(idempotencyKey) ?? crypto.randomUUID();
    const options = { headers: { "idempotency-key": key } };
    return parsed(
      await this.requests.request("POST", `${this.#path(name)}/run`, undefined, options),
    ) as ScheduleRunResult;
  }

  #path(name: string): string {
    return `${this.root}/${checkedName("schedule", name)}`;
  }
}

function shown(text: string): Schedule {
  const schedule = parsed(text) as Schedule;
  const body = isJson(schedule.message.contentType) ? bodyText(text, "message.body") : undefined;
  return body === undefined ? schedule : { ...schedule, bodyText: body };
}
