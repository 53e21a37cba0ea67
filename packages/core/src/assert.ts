/** Thrown when something that cannot happen has happened: a bug of ours, never bad input. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/**
 * States an invariant. Assertions stay on in production: a node that stops is repaired by its
 * replicas, a node that goes on with a broken invariant spreads the damage to them.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the branch that an exhaustive `switch` cannot reach. */
export function assertNever(value: never): never {
  throw new AssertionError(`unexpected value ${JSON.stringify(value)}`);
}
