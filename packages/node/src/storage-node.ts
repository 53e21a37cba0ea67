import { type NodeId, randomBytes, toHex } from "@coterie/core";
import { SessionServer } from "@coterie/peer-session";
import { Coordinator } from "@coterie/quorum";
import type { RingChanges } from "@coterie/rebalance";
import type { RingView } from "@coterie/shard-engine";
import { Error_Code, type NodeHello, type PeerCall, type PeerReply } from "@coterie/wire";
import { Admission } from "./birth/admission.ts";
import { type Beginning, NodeMemory } from "./birth/birth.ts";
import { Entrance } from "./birth/entrance.ts";
import { FoundingGrants } from "./birth/founding-grants.ts";
import type { ClusterBirth, NodeBirth } from "./birth/node-birth.ts";
import { Buckets } from "./buckets/buckets.ts";
import { describeError, failure } from "./failure.ts";
import { Cluster } from "./membership/cluster.ts";
import { Greeting } from "./membership/greeting.ts";
import { Membership } from "./membership/membership.ts";
import { Peers } from "./membership/peers.ts";
import { weighPeerCall, weighPeerReply } from "./membership/weights.ts";
import type { NodePorts } from "./node-ports.ts";
import { NodeStore } from "./node-store.ts";
import { NodeReporter } from "./operators/node-reporter.ts";
import { OperatorService } from "./operators/operator-service.ts";
import { GATE_LIMITS, Gate } from "./overload/gate.ts";
import { Strain } from "./overload/strain.ts";
import { Handoff } from "./repair/handoff.ts";
import type { RepairOperations } from "./repair/repair-operations.ts";
import { Upkeep } from "./repair/upkeep.ts";
import { LeafService } from "./replica/leaf-service.ts";
import { ReplicaService, rejectedCall } from "./replica/replica-service.ts";
import { ClientService } from "./requests/client-service.ts";
import { type ClientSessions, clientSessions } from "./requests/client-sessions.ts";
import { LinkedReplicas } from "./requests/linked-replicas.ts";
import { RequestLead } from "./requests/request-lead.ts";
import type { RegisterState } from "./ring/register-state.ts";
import { RingAcceptor } from "./ring/ring-acceptor.ts";
import { RingControl } from "./ring/ring-control.ts";
import { RingWork } from "./ring/ring-work.ts";
import type { StorageNodeConfig } from "./storage-node-config.ts";

/** How long requests under way may take to end when the node stops. */
const DRAIN_MS = 5_000;

/**
 * One storage node, without sockets, disks or clocks of its own: what the app starts over gRPC and SQLite
 * and the simulator over virtual ports.
 *
 * `open` reads what the directory knows and changes nothing others can see; `begin` founds or joins a
 * cluster, or comes back to the one it belongs to, and is over when clients are served.
 */
export class StorageNode {
  /** Requests of clients. */
  readonly clients: ClientService;
  readonly operators: OperatorService;
  /** Sessions that SDKs opened to this node. */
  readonly clientSessions: ClientSessions;
  /** Sessions that other nodes opened to this one. */
  readonly sessions: SessionServer<NodeHello, PeerCall, PeerReply>;
  readonly #birth: NodeBirth;
  readonly #store: NodeStore;
  readonly #cluster: Cluster;
  readonly #coordinator: Coordinator;
  readonly #peers: Peers;
  readonly #buckets: Buckets;
  readonly #grants: FoundingGrants;
  readonly #membership: Membership;
  readonly #strain: Strain;
  readonly #rings: RingControl;
  readonly #ringWork: RingWork;
  readonly #handoff: Handoff;
  readonly #upkeep: Upkeep;
  readonly #entrance: Entrance;
  #admission: Admission | undefined;
  #stopped = false;

  private constructor(
    config: StorageNodeConfig,
    ports: NodePorts,
    store: NodeStore,
    memory: NodeMemory,
    birth: NodeBirth,
    incarnation: number,
    acceptor: RingAcceptor,
  ) {
    const { clock, timers, random, onEvent } = ports;
    const self = birth.nodeId;
    this.#birth = birth;
    this.#store = store;
    this.#grants = new FoundingGrants(store);
    const greeting = new Greeting(() => this.#cluster, onEvent);
    this.#peers = new Peers({
      ...ports,
      hello: () => this.#cluster.hello(),
      check: (id, theirs) => greeting.judge(theirs, id),
      onUp: (id) => {
        this.#cluster.heard(id);
        void this.#buckets.exchangeWith(id);
        if (this.#cluster.hasRing) void this.#rings.keeper.agreeWith(id);
        this.#handoff.nudge();
      },
      onArrival: (id) => this.#cluster.heard(id),
      onCircuit: (id, isOpen, reason) => onEvent({ type: "circuit", id, isOpen, reason }),
    });
    const startId = randomBytes(random, 16);
    this.#rings = new RingControl({
      ...ports,
      self,
      memory,
      peers: this.#peers,
      acceptor,
      proposerId: toHex(startId),
      cluster: () => this.#cluster,
      prepare: (from, to) => this.#ringWork.prepare(from, to),
    });
    this.#cluster = new Cluster({
      birth,
      clock,
      address: config.address,
      startId,
      acceptor: acceptor.id,
      rings: this.#rings.keeper,
      peers: this.#peers,
      membership: () => this.#membership,
    });
    const { keeper: rings } = this.#rings;
    this.#buckets = new Buckets({ ...ports, self, store, peers: this.#peers, rings });
    this.#membership = new Membership(
      { ...ports, self, address: config.address, memory, peers: this.#peers },
      incarnation,
    );
    this.#strain = new Strain({
      ...ports,
      onLag: (lagMs) => this.#membership.noteLag(lagMs),
      onChange: (reason) => onEvent({ type: "degraded", reason }),
    });
    store.watchCommits((committed) => this.#strain.commits(committed));
    const parts = {
      ...ports,
      self,
      store,
      cluster: this.#cluster,
      rings,
      acceptor,
      buckets: this.#buckets,
      peers: this.#peers,
      membership: this.#membership,
      slownessMs: () => this.#strain.slownessMs,
      memory,
    };
    const replicas = new LinkedReplicas({
      ...parts,
      onMissed: (node, row, versions, era) => void this.#handoff.keep(node, row, versions, era),
    });
    this.#coordinator = new Coordinator({ clock, timers, random, replicas });
    this.#handoff = new Handoff({ ...parts, replicas });
    this.#upkeep = new Upkeep({
      ...parts,
      config,
      replicas,
      isStrained: () => this.#strain.degraded !== undefined,
      drainHints: () => this.#handoff.drain(),
      leftovers: () => this.#ringWork.leftovers,
    });
    const { repair, collections, operations: repairs } = this.#upkeep;
    this.#ringWork = new RingWork({
      ...parts,
      replicas,
      control: this.#rings,
      learnEras: () => collections.learnEras(),
    });
    const lead = new RequestLead(this.#coordinator, clock);
    const reporter = new NodeReporter({ ...parts, strain: this.#strain, repair, collections });
    const gate = new Gate({ ...GATE_LIMITS, ...config.limits }, clock, parts.slownessMs);
    this.clients = new ClientService({ ...parts, replicas, lead, gate, limits: config.limits });
    const onFault = (error: unknown, doing: string): void =>
      onEvent({ type: "fault", doing, detail: describeError(error) });
    this.clientSessions = clientSessions({ ...parts, clients: this.clients, onFault });
    const served = { ...parts, reporter, collections };
    const changes = this.#ringWork.driver;
    this.operators = new OperatorService({ ...served, handoff: this.#handoff, changes });
    const replica = new ReplicaService({
      ...served,
      leaves: new LeafService(store, () => this.#cluster.ring.record.epoch),
      repairs,
      ringReport: () => this.#ringWork.report(),
      clients: this.clients,
      onHintKept: (primary) => this.#handoff.kept(primary),
      admit: async (newcomer) =>
        (await this.#admission?.admit(newcomer)) ??
        failure(Error_Code.NOT_READY, `node ${self} belongs to no cluster yet`),
    });
    this.#entrance = new Entrance({
      ...parts,
      birth,
      address: config.address,
      grants: this.#grants,
      rings: this.#rings,
      isStopped: () => this.#stopped,
      serve: (...belonging) => this.#serve(...belonging),
    });
    this.sessions = new SessionServer({
      clock,
      timers,
      greet: (theirs) => greeting.greet(theirs),
      handle: (call, { peer }) => replica.answer(call, peer.address),
      reject: rejectedCall,
      weighCall: weighPeerCall,
      weighReply: weighPeerReply,
      onArrival: ({ peer }) => this.#cluster.heard(peer.nodeId),
      onFault: (error, call) => onFault(error, `answering a call (${call.body.case})`),
    });
  }

  /** Reads the node's memory from its shards. Throws `StartRefused` or `StoreFailure`. */
  static async open(config: StorageNodeConfig, ports: NodePorts): Promise<StorageNode> {
    const store = new NodeStore(ports.shards);
    const memory = new NodeMemory(store);
    const birth = await memory.awaken(config.id, ports.random);
    const incarnation = await memory.incarnation();
    const acceptor = await RingAcceptor.open(store, ports.random);
    const node = new StorageNode(config, ports, store, memory, birth, incarnation, acceptor);
    if (birth.cluster !== undefined) await node.#rings.restore();
    await node.#buckets.load();
    await node.#ringWork.load();
    await store.refreshEras();
    return node;
  }

  /** Repairs that operators ask for. */
  get repairs(): RepairOperations {
    return this.#upkeep.operations;
  }

  get id(): NodeId {
    return this.#birth.nodeId;
  }

  /** Placement under the ring in force here; undefined before there is one. */
  get ring(): RingView | undefined {
    return this.#rings.keeper.view;
  }

  /** What the ring register is known to hold here; undefined as above. */
  get register(): RegisterState | undefined {
    return this.#rings.keeper.state;
  }

  /** Of this directory, in the ring register: its id, and the version of the newest value that it accepted. */
  get acceptor(): { readonly id: string; readonly acceptedVersion: number } {
    return this.#rings.acceptor;
  }

  /** Changes of the ring, for those who order and watch them. */
  get ringChanges(): RingChanges {
    return this.#ringWork.driver;
  }

  /** Whether the node belongs to a cluster already, so that `begin` needs no beginning. */
  get belongs(): boolean {
    return this.#birth.cluster !== undefined;
  }

  /** Resolves when clients are served, or when the node was stopped. Throws `StartRefused` or `JoinRefused` when it cannot go on. */
  begin(beginning: Beginning | undefined): Promise<void> {
    return this.#entrance.begin(beginning);
  }

  /** Refuses new requests, lets those under way end, closes sessions and shards. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cluster.drain();
    this.#membership.stop();
    this.#strain.stop();
    this.#handoff.stop();
    this.#upkeep.stop();
    this.#rings.stop();
    this.#ringWork.stop();
    const reason = "this node is stopping";
    await Promise.all([
      this.clientSessions.drain(reason, DRAIN_MS),
      this.sessions.drain(reason, DRAIN_MS),
    ]);
    this.#coordinator.stop();
    this.#peers.close();
    await this.#store.close();
  }

  #serve({ founder }: ClusterBirth, members: readonly string[], isFounding: boolean): void {
    this.#admission = new Admission(
      this.#cluster,
      this.#buckets,
      this.#peers,
      this.#grants,
      founder,
      this.#rings.keeper,
    );
    this.#cluster.becomeReady();
    this.#rings.start();
    this.#ringWork.start();
    this.#membership.start(members);
    this.#strain.start();
    this.#handoff.start();
    this.#upkeep.start(isFounding);
  }
}
