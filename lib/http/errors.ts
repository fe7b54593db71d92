import { SluiceError } from "../domain/errors.js";

/** What only a request over HTTP can get wrong. */
export class RouteNotFound extends SluiceError {
  readonly code = "route-not-found";
  readonly status = 404;
  constructor(method: string, path: string) {
    super(`there is nothing at ${method} ${path}: see GET /v1/openapi.json`);
  }
}

export class MethodNotAllowed extends SluiceError {
  readonly code = "method-not-allowed";
  readonly status = 405;
  constructor(
    method: string,
    readonly allowed: readonly string[],
  ) {
    super(`${method} is not known here: use ${allowed.join(", ")}`);
  }
}

export class RequestTooLarge extends SluiceError {
  readonly code = "request-too-large";
  readonly status = 413;
  constructor(limitBytes: number) {
    super(`the request has more than ${limitBytes} bytes: send fewer messages at once`);
  }
}
