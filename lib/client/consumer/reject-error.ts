/**
 * Thrown by a handler, it makes the message a dead letter at once, since no other attempt will do:
 * `new RejectError("there is no customer 7")`.
 */
export class RejectError extends Error {
  override readonly name = "RejectError";
}
