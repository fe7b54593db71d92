import { SluiceError } from "../domain/errors.js";

/** Errors that only a request over HTTP can run into. */
export class RouteNotFound extends SluiceError {
  readonly code = "route-not-found";
  constructor(method: string, path: string) {
    super(`there is no route ${method} ${path}: see GET /v1/openapi.json`);
  }
}

export class MethodNotAllowed extends SluiceError {
  readonly code = "method-not-allowed";
  constructor(
    method: string,
    readonly allowed: readonly string[],
  ) {
    super(`${method} is not allowed here: use ${allowed.join(" or ")}`);
  }
}

export class RequestTooLarge extends SluiceError {
  readonly code = "request-too-large";
  constructor(limitBytes: number) {
    super(`the request has more than ${limitBytes} bytes: send fewer messages at once`);
  }
}
