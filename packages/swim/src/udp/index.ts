export { KeyRing, SEAL_BYTES } from "./key-ring.ts";
export { UdpMember, type UdpMemberOptions } from "./udp-member.ts";
