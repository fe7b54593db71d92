import type { z } from "zod";
import type { Target } from "../domain/subscription.js";
import type { Engine } from "../operations/engine.js";
import type { JsonSource } from "./json-source.js";
import type { ErrorCode } from "./status.js";

export type Method = "GET" | "PUT" | "POST" | "PATCH" | "DELETE";

export interface AppOptions {
  /** Bytes of a request's body. @default 5500000: a function takes a request of 6 MB, its envelope included */
  readonly requestLimitBytes: number;
  /** The kinds of subscription that this process can serve. @default all */
  readonly targets: readonly Target["type"][];
  /** Names of Sluice's own functions, which no subscription may deliver to. @default none */
  readonly ownFunctions: readonly string[];
}

/** What a handler gets: checked and typed. */
export interface RouteRequest<P, Q, H, B> {
  readonly params: P;
  readonly query: Q;
  readonly headers: H;
  readonly body: B;
  /** Of a JSON body: the values that the route keeps as they were written, and the numbers that are not exact. */
  readonly source?: JsonSource;
  /** The body as it was sent: for a route whose body is the message. */
  readonly raw: { readonly bytes: Uint8Array; readonly contentType: string | undefined };
  /** Aborted once the caller is gone. */
  readonly signal: AbortSignal;
  readonly options: AppOptions;
}

/** What a handler answers: a status, and a body of the contract's shape or the JSON text of one. */
export interface RouteAnswer<A> {
  readonly status?: 200 | 201 | 204;
  readonly body?: A;
  readonly bodyText?: string;
}

type Infer<T> = T extends z.ZodType ? z.output<T> : undefined;

/** One route: the same contract checks the request, types its handler and becomes the OpenAPI page. */
export interface Route<
  P extends z.ZodType | undefined = z.ZodType | undefined,
  Q extends z.ZodType | undefined = z.ZodType | undefined,
  H extends z.ZodType | undefined = z.ZodType | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  A extends z.ZodType | undefined = z.ZodType | undefined,
> {
  readonly id: string;
  readonly method: Method;
  /** Has `{name}` for each of `params`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  /** The `Sluice-*` headers that the route takes. */
  readonly headers?: H;
  readonly body?: B;
  /** Which values of the body (`messages[3].body`) the handler wants as they were written; it then judges numbers. */
  readonly keeps?: (path: string) => boolean;
  /** The body is the message itself, of any type, and is left to the handler. */
  readonly rawBody?: boolean;
  readonly answer?: A;
  readonly statuses?: readonly (200 | 201 | 204)[];
  /** Its own; every route has those of openapi.ts besides. */
  readonly errors: readonly ErrorCode[];
  /** Whether it answers without the store. */
  readonly isStoreless?: boolean;
  readonly handle: (
    engine: Engine,
    request: RouteRequest<Infer<P>, Infer<Q>, Infer<H>, Infer<B>>,
  ) => Promise<RouteAnswer<A extends z.ZodType ? z.input<A> : undefined>>;
}

/** Keeps a route's types to itself, so that routes of every kind go into one table. */
export function route<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  H extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  A extends z.ZodType | undefined,
>(definition: Route<P, Q, H, B, A>): Route {
  return definition;
}
