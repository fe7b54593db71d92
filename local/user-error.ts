/** Something that the person at the keyboard can mend: shown as one sentence, without a stack. */
export class UserError extends Error {
  override readonly name = "UserError";
}
