export { type Counter, count, counter, total } from "./counter.ts";
export { max, min } from "./extreme.ts";
export { type FieldMerges, fields } from "./fields.ts";
export { latestBy } from "./latest.ts";
export { type ListMerge, union, unionBy } from "./union.ts";
