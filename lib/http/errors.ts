import { SluiceError } from "../domain/errors.js";
import { BODY_LIMIT_BYTES } from "./contracts/message.js";

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
    super(
      `the request has more than ${limitBytes} bytes after decompression: split a batch of messages; ` +
        `the body of one message can have ${BODY_LIMIT_BYTES}`,
    );
  }
}

export class EncodingNotSupported extends SluiceError {
  readonly code = "encoding-not-supported";
  constructor(encoding: string) {
    super(`Content-Encoding "${encoding}" is not supported: use gzip or leave it out`);
  }
}

/** The caller left, or its connection broke, before the whole request had arrived. */
export class RequestIncomplete extends SluiceError {
  readonly code = "request-incomplete";
  constructor(options?: ErrorOptions) {
    super("the request ended before its whole body had arrived", options);
  }
}

export class RequestUnreadable extends SluiceError {
  readonly code = "request-unreadable";
  constructor() {
    super("this is not an HTTP request");
  }
}

export class RequestTimeout extends SluiceError {
  readonly code = "request-timeout";
  constructor() {
    super("the request took too long to arrive");
  }
}

export class HeadersTooLarge extends SluiceError {
  readonly code = "headers-too-large";
  constructor() {
    super("the URL and the headers are too large: put a message's fields into the body of a publish instead");
  }
}
