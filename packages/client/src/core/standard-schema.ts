/**
 * A schema of any library that speaks Standard Schema (https://standardschema.dev): zod, valibot, arktype
 * and others. Only what is used here; the specification asks to be copied rather than depended on.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** `items.0.name: expected a string; …`, for people. */
export function describeIssues(issues: readonly SchemaIssue[]): string {
  return issues
    .slice(0, 3)
    .map(({ message, path = [] }) => {
      const at = path.map((step) => String(typeof step === "object" ? step.key : step)).join(".");
      return at === "" ? message : `${at}: ${message}`;
    })
    .join("; ");
}
