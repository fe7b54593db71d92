/** A header as it was sent. The name is in lower case; the value is missing if its bytes are not valid UTF-8. */
export interface HeaderField {
  readonly name: string;
  readonly value?: string;
}

/**
 * A request exactly as it arrived. Its path is neither decoded nor normalised, so what IAM matched is what is served. A
 * gateway's event, a socket and a `Request` are all turned into one, so that the same checks apply.
 */
export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** A header that was sent twice is listed twice, unless a gateway joined the two. */
  readonly headers: readonly HeaderField[];
  readonly body?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Who signed it, as the gateway has checked: an ARN. Where nobody checks, nobody is known. */
  readonly principal?: string;
  /** The address that it came from, as the gateway has seen it. */
  readonly address?: string;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty if the response has no body. */
  readonly body: string;
}

/** The HTTPS API. It never rejects: every error becomes a response. */
export type App = (request: ApiRequest) => Promise<ApiAnswer>;
