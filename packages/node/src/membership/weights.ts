import type { ClientCall, ClientReply, PeerCall, PeerReply } from "@coterie/wire";

// About how many bytes messages take: what they carry, and a little for what is around it. Sessions bound
// their memory by these.

const LITTLE = 64;
const SMALL = 256;

export function weighPeerCall({ body }: PeerCall): number {
  switch (body.case) {
    case "merge":
      return LITTLE + body.value.row.length + body.value.versions.length;
    case "read":
      return LITTLE + body.value.row.length;
    case "roots":
      return SMALL + 2 * body.value.roots.length;
    case "leaves":
      return LITTLE + body.value.request.length;
    case "put":
      return SMALL + body.value.key.length + body.value.value.length;
    default:
      return SMALL;
  }
}

export function weighPeerReply({ body }: PeerReply): number {
  switch (body.case) {
    case "merge":
      return LITTLE;
    case "read":
    case "explain":
      return LITTLE + body.value.versions.length;
    case "leaves":
      return LITTLE + body.value.reply.length;
    case "get":
      return SMALL + valuesOf(body.value.siblings);
    case "scan":
      return body.value.rows.reduce(
        (sum, { row, causality, versions }) =>
          sum + LITTLE + row.length + causality.length + versions.length,
        SMALL,
      );
    default:
      return SMALL;
  }
}

export function weighClientCall({ body }: ClientCall): number {
  return body.case === "put" ? SMALL + body.value.key.length + body.value.value.length : SMALL;
}

export function weighClientReply({ body }: ClientReply): number {
  switch (body.case) {
    case "get":
      return SMALL + valuesOf(body.value.siblings);
    case "listKeys":
      return body.value.keys.reduce((sum, key) => sum + LITTLE + key.length, SMALL);
    default:
      return SMALL;
  }
}

function valuesOf(siblings: readonly { readonly value: Uint8Array }[]): number {
  return siblings.reduce((sum, { value }) => sum + LITTLE + value.length, 0);
}
