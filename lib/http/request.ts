/** A header as it was sent. Its name is in lower case; its value is missing where its bytes are not valid UTF-8. */
export interface HeaderField {
  readonly name: string;
  readonly value?: string;
}

/**
 * A request exactly as it arrived. Nothing has decoded or normalised its path: what IAM matched is what is served. Each
 * way in (a gateway's event, a socket, a `Request`) makes one, so that all are judged alike.
 */
export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** A header that was sent twice is there twice, as far as the way in shows that. */
  readonly headers: readonly HeaderField[];
  readonly body?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Aborted once the caller is gone. */
  readonly signal: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where there is none. */
  readonly body: string;
}

/** The HTTPS API. It never rejects: whatever goes wrong becomes an answer. */
export type App = (request: ApiRequest) => Promise<ApiAnswer>;
