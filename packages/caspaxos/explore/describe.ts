// Names for values of the exploration, and words for what happens in it.
import type { Ballot, Proposal, Reply, Request } from "../src/index.ts";
import { text } from "./client.ts";

/** Two values with one name behave alike: times and the number of defeats only tell how long to wait. */
export function nameOf(value: object): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (UNNAMED.has(key)) return undefined;
    if (part instanceof Map) return [...part].sort();
    if (part instanceof Uint8Array) return text(part);
    if (Array.isArray(part) && UNORDERED.has(key)) return part.toSorted();
    return part;
  });
}

const UNNAMED = new Set(["deadlineMs", "resendAtMs", "untilMs", "outvoted", "wrote"]);
const UNORDERED = new Set(["asked", "accepted", "refused"]);

export function ballotOf(request: Request): Ballot {
  return request.type === "prepare" ? request.ballot : request.proposal.ballot;
}

export function describeRequest(request: Request): string {
  if (request.type === "prepare") return `prepare ${show(request.ballot)}`;
  return `accept ${describeProposal(request.proposal)}`;
}

export function describeReply(reply: Reply): string {
  if (reply.type === "conflict") return `conflict with ${show(reply.promised)}`;
  if (reply.type === "accepted") return "accepted";
  const had = reply.accepted === undefined ? "nothing" : describeProposal(reply.accepted);
  return `promise, having accepted ${had}`;
}

function describeProposal({ ballot, value, base, membership }: Proposal): string {
  const sets = JSON.stringify(membership.sets);
  const who =
    base.version === membership.version
      ? ""
      : ` for ${sets} instead of ${JSON.stringify(base.sets)}`;
  return `"${text(value)}"${who} of ${show(ballot)}`;
}

function show({ counter, proposer }: Ballot): string {
  return `${counter}.${proposer}`;
}
