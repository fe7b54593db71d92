import type { z } from "zod";
import type { Claim } from "../domain/ownership.js";
import type { Target } from "../domain/subscription.js";
import type { TargetPolicy } from "../domain/webhook/target-policy.js";
import type { Engine } from "../operations/engine.js";
import type { JsonSource } from "./json-source.js";
import type { ErrorCode } from "./status.js";

export type Method = "GET" | "PUT" | "POST" | "PATCH" | "DELETE";

export interface AppOptions {
  /** The largest request body in bytes. @default 5500000: a function takes 6 MB, the gateway's envelope included */
  readonly requestLimitBytes: number;
  /** The target types that this process can deliver to. @default all */
  readonly targets: readonly Target["type"][];
  /** Names of Sluice's own functions; no subscription may deliver to them. @default none */
  readonly ownFunctions: readonly string[];
  /** Where webhooks may lead. @default the public internet */
  readonly targetPolicy: TargetPolicy;
  /**
   * Whether a webhook may name a secret in Secrets Manager to be signed with. @default no: whoever makes webhooks could
   * have messages signed with the secret of another one
   */
  readonly managedSecrets: boolean;
  /** Whom what a request makes or changes belongs to. @default to nobody, or to whom it belonged before */
  readonly claim?: Claim;
}

/** A request as a handler gets it, checked and typed. */
export interface RouteRequest<P, Q, H, B> {
  readonly params: P;
  readonly query: Q;
  readonly headers: H;
  readonly body: B;
  /**
   * The source of a JSON body: the values that `keeps` selects as they were written, and the numbers that are not
   * exact.
   */
  readonly source?: JsonSource;
  /** The body as it was sent, for a route whose body is the message. */
  readonly raw: { readonly bytes: Uint8Array; readonly contentType: string | undefined };
  /** Names it in the log, and to its caller. */
  readonly requestId: string;
  /** Who signed the request, where that is known. */
  readonly principal?: string;
  /** From where it came, where that is known. */
  readonly address?: string;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
  readonly options: AppOptions;
}

/** A handler's response: a status, and a body in the contract's shape or its JSON text. */
export interface RouteAnswer<A> {
  readonly status?: 200 | 201 | 204 | 307;
  readonly body?: A;
  readonly bodyText?: string;
  /** Where the answer is, with status 307. */
  readonly location?: string;
}

type Infer<T> = T extends z.ZodType ? z.output<T> : undefined;

/** One route. Its contract checks the request, types the handler and becomes the OpenAPI page. */
export interface Route<
  P extends z.ZodType | undefined = z.ZodType | undefined,
  Q extends z.ZodType | undefined = z.ZodType | undefined,
  H extends z.ZodType | undefined = z.ZodType | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  A extends z.ZodType | undefined = z.ZodType | undefined,
> {
  readonly id: string;
  readonly method: Method;
  /** Contains `{name}` for each of `params`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  /** The `Sluice-*` headers that the route takes. */
  readonly headers?: H;
  readonly body?: B;
  /**
   * Selects the values of the body (such as `messages[3].body`) that the handler needs as they were written. The
   * handler then checks the numbers itself.
   */
  readonly keeps?: (path: string) => boolean;
  /** The body is the message itself, of any type; the handler reads it. */
  readonly rawBody?: boolean;
  readonly answer?: A;
  readonly statuses?: readonly (200 | 201 | 204 | 307)[];
  /** The route's own error codes; openapi.ts adds those that every route has. */
  readonly errors: readonly ErrorCode[];
  /** Whether it answers without the store. */
  readonly isStoreless?: boolean;
  readonly handle: (
    engine: Engine,
    request: RouteRequest<Infer<P>, Infer<Q>, Infer<H>, Infer<B>>,
  ) => Promise<RouteAnswer<A extends z.ZodType ? z.input<A> : undefined>>;
}

/** Hides a route's types, so that routes of all kinds fit into one table. */
export function route<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  H extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  A extends z.ZodType | undefined,
>(definition: Route<P, Q, H, B, A>): Route {
  return definition;
}
