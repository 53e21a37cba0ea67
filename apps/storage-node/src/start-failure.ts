/** Why a node did not start: a sentence for the operator, and whose move it is. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
  /** `usage`: start it otherwise. `failed`: mend what the sentence names, then start it the same way. */
  readonly kind: "usage" | "failed";

  constructor(kind: "usage" | "failed", message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
