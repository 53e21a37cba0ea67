import {
  checkLinearizable,
  type Linearizability,
  type Operation,
  type SequentialModel,
} from "./linearizable.ts";

/** A call on a register. A compare-and-set answers whether it took place. */
export type RegisterInput =
  | { readonly type: "read" }
  | { readonly type: "write"; readonly value: string }
  | { readonly type: "compareAndSet"; readonly expected: string; readonly value: string };

/** What a read found; `undefined` is no answer, an absent value is the empty string. */
export type RegisterOutput = string | boolean;

/** One value that is read, written, and compared and set. */
export const registerModel: SequentialModel<string, RegisterInput, RegisterOutput> = {
  initial: "",
  step(value, input, output) {
    switch (input.type) {
      case "read":
        return output === undefined || output === value ? value : undefined;
      case "write":
        return input.value;
      case "compareAndSet": {
        const fits = value === input.expected;
        if (output !== undefined && output !== fits) return undefined;
        return fits ? input.value : value;
      }
    }
  },
  keyOf: (value) => value,
};

export interface KeyedOperation extends Operation<RegisterInput, RegisterOutput> {
  readonly key: string;
}

/** Checks the registers of many keys, each for itself; returns those that are not linearizable. */
export function checkRegisters(
  operations: readonly KeyedOperation[],
): ReadonlyMap<
  string,
  Exclude<Linearizability<RegisterInput, RegisterOutput>, { type: "linearizable" }>
> {
  const byKey = new Map<string, KeyedOperation[]>();
  for (const operation of operations) {
    const others = byKey.get(operation.key);
    if (others === undefined) byKey.set(operation.key, [operation]);
    else others.push(operation);
  }
  const faults = new Map();
  for (const [key, each] of byKey) {
    const result = checkLinearizable(registerModel, each);
    if (result.type !== "linearizable") faults.set(key, result);
  }
  return faults;
}
