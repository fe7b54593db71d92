import type { Context } from "hono";
import type { z } from "zod";
import type { Instance } from "../operations/instance.js";

export type Method = "GET" | "PUT" | "POST" | "PATCH" | "DELETE";

/** What a handler gets: checked, typed, and nothing of HTTP but what it asks for. */
export interface RouteRequest<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly context: Context;
}

/** What it answers: a status and a body of the contract's shape. */
export interface RouteAnswer<A> {
  readonly status?: 200 | 201 | 204;
  readonly body?: A;
}

type Infer<T> = T extends z.ZodType ? z.output<T> : undefined;

/** One route: the same contract checks the request, types its handler and becomes the OpenAPI page. */
export interface Route<
  P extends z.ZodType | undefined = z.ZodType | undefined,
  Q extends z.ZodType | undefined = z.ZodType | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  A extends z.ZodType | undefined = z.ZodType | undefined,
> {
  readonly id: string;
  readonly method: Method;
  /** With `{name}` for what `params` names. */
  readonly path: string;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** The body is the message itself, of any type, and is left to the handler. */
  readonly rawBody?: boolean;
  readonly answer?: A;
  readonly statuses?: readonly (200 | 201 | 204)[];
  readonly errors: readonly string[];
  readonly handle: (
    instance: Instance,
    request: RouteRequest<Infer<P>, Infer<Q>, Infer<B>>,
  ) => Promise<RouteAnswer<A extends z.ZodType ? z.input<A> : undefined>>;
}

/** Keeps a route's types to itself, so that routes of every kind go into one table. */
export function route<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  A extends z.ZodType | undefined,
>(definition: Route<P, Q, B, A>): Route {
  return definition as unknown as Route;
}
