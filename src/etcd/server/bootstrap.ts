import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { type MessageOf, message, uid } from '../proto/codec.ts';
import type { Member } from '../proto/services.ts';
import { type HardState, MemoryStorage, type Snapshot } from '../raft/index.ts';
import { loadNewestSnapshot } from '../snap/index.ts';
import {
  createWal,
  nodeWalFiles,
  openWal,
  validSnapshots,
  type WalFiles,
  type WalOptions,
  type WriteAheadLog,
  walExists,
} from '../wal/index.ts';
import { computeClusterId, idText, membersFromInitialCluster } from './cluster.ts';
import type { ServerConfig } from './config.ts';
import { lockDataDir } from './data-lock.ts';

/** Who wrote a log; its first record. Models api/etcdserverpb/etcdserver.proto. */
const Metadata = message('etcdserverpb.Metadata', { nodeId: uid(1), clusterId: uid(2) });
type Metadata = MessageOf<typeof Metadata>;

export interface Bootstrapped {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly wal: WriteAheadLog;
  /** Gives the data folder back; call when nothing is written any more. */
  readonly unlock: () => void;
  readonly snapshotFiles: WalFiles;
  /** Holds the snapshot's position and the entries after it. */
  readonly storage: ServerStorage;
  /** The state to start from; undefined for an empty one. */
  readonly snapshot: Snapshot | undefined;
  readonly hardState: HardState | undefined;
  /** The members to begin a new cluster with; undefined when there is a log already, or one is joined. */
  readonly bootstrapMembers: readonly Member[] | undefined;
}

/** The log in memory. The state for a member that lags is made when it is wanted, not kept. */
export class ServerStorage extends MemoryStorage {
  makeSnapshot: (() => Snapshot | undefined) | undefined;

  override snapshot(): Snapshot | undefined {
    return this.makeSnapshot?.() ?? super.snapshot();
  }
}

/** Whether --initial-cluster fits this member. Models server/config/config.go. */
export function checkInitialCluster(config: ServerConfig): void {
  const local = config.initialCluster.get(config.name);
  const initial = [...config.initialCluster].flatMap(([name, urls]) => urls.map((url) => `${name}=${url}`));
  if (local === undefined) {
    throw new LabError(
      `couldn't find local name ${JSON.stringify(config.name)} in the initial cluster configuration`,
      { where: `--initial-cluster=${initial.join(',')}`, remedy: '--name must be one of the names there' },
    );
  }
  const all = [...config.initialCluster.values()].flat();
  if (new Set(all).size !== all.length) {
    throw new LabError(`initial cluster ${initial.join(',')} has duplicate url`);
  }
  if (config.initialClusterState !== 'new') return;
  const advertised = config.initialAdvertisePeerUrls;
  const notAdvertised = local.filter((url) => !advertised.includes(url));
  if (notAdvertised.length > 0) {
    throw new LabError(
      `--initial-cluster has ${notAdvertised.map((url) => `${config.name}=${url}`).join(',')} but missing from --initial-advertise-peer-urls=${advertised.join(',')}`,
    );
  }
  const notInCluster = advertised.filter((url) => !local.includes(url));
  if (notInCluster.length > 0) {
    throw new LabError(
      `--initial-advertise-peer-urls has ${notInCluster.join(',')} but missing from --initial-cluster=${local.map((url) => `${config.name}=${url}`).join(',')}`,
    );
  }
}

type ExistingMembers = () => Promise<{ readonly clusterId: bigint; readonly members: readonly Member[] }>;

/** Finds or makes the member's data. `existingMembers` asks the running cluster, of which this member is or is to be. */
export async function bootstrap(
  config: ServerConfig,
  logger: Logger,
  existingMembers: ExistingMembers,
  walOptions: WalOptions = {},
): Promise<Bootstrapped> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const snapDir = join(config.dataDir, 'member', 'snap');
  mkdirSync(snapDir, { recursive: true, mode: 0o700 });
  const unlock = lockDataDir(config.dataDir);
  try {
    return { ...(await findOrMakeData(config, logger, snapDir, existingMembers, walOptions)), unlock };
  } catch (error) {
    unlock();
    throw error;
  }
}

type Data = Omit<Bootstrapped, 'unlock'>;

async function findOrMakeData(
  config: ServerConfig,
  logger: Logger,
  snapDir: string,
  existingMembers: ExistingMembers,
  walOptions: WalOptions,
): Promise<Data> {
  const walFiles = nodeWalFiles(config.walDir ?? join(config.dataDir, 'member', 'wal'));
  const snapshotFiles = nodeWalFiles(snapDir);
  if (await walExists(walFiles)) return restart(config, logger, walFiles, snapshotFiles, walOptions);
  checkInitialCluster(config);

  let members: readonly Member[];
  let clusterId: bigint;
  let memberId: bigint;
  if (config.initialClusterState === 'new') {
    members = membersFromInitialCluster(config.initialCluster, config.initialClusterToken);
    clusterId = computeClusterId(members.map((member) => member.id));
    memberId = members.find((member) => member.name === config.name)!.id;
    await refuseSecondBirth(memberId, config, existingMembers);
  } else {
    ({ clusterId, members } = await existingMembers());
    const own = members.find((member) =>
      member.peerUrls.some((url) => config.initialAdvertisePeerUrls.includes(url)),
    );
    if (own === undefined) {
      throw new LabError('error validating peerURLs: member count is unequal', {
        where: config.initialAdvertisePeerUrls.join(','),
        remedy: 'add this member first: etcdctl member add',
      });
    }
    memberId = own.id;
  }
  const wal = await createWal(walFiles, Metadata.encode({ nodeId: memberId, clusterId }), walOptions);
  return {
    memberId,
    clusterId,
    wal,
    snapshotFiles,
    storage: new ServerStorage(),
    snapshot: undefined,
    hardState: undefined,
    bootstrapMembers: config.initialClusterState === 'new' ? members : undefined,
  };
}

/**
 * A member that has lost its data has forgotten what it voted for and promised to keep: were it born again under the same
 * id, acknowledged writes could be lost. Models isMemberBootstrapped in server/etcdserver/cluster_util.go.
 */
async function refuseSecondBirth(
  memberId: bigint,
  config: ServerConfig,
  existingMembers: ExistingMembers,
): Promise<void> {
  // Nobody answers: the cluster is only being born.
  const known = await existingMembers().catch(() => undefined);
  const self = known?.members.find((member) => member.id === memberId);
  if (self === undefined || self.clientUrls.length === 0) return;
  throw new LabError(`member ${idText(memberId)} has already been bootstrapped`, {
    where: config.dataDir,
    remedy: `the others know it, but its data is not there: correct --data-dir, or, if the data is lost, etcdctl member remove ${idText(memberId)}, etcdctl member add ${config.name}, and start it with --initial-cluster-state existing`,
  });
}

async function restart(
  config: ServerConfig,
  logger: Logger,
  walFiles: WalFiles,
  snapshotFiles: WalFiles,
  walOptions: WalOptions,
): Promise<Data> {
  const snapshot = await loadNewestSnapshot(snapshotFiles, await validSnapshots(walFiles));
  const from = snapshot?.metadata ?? { index: 0, term: 0 };
  const { wal, metadata, hardState, entries, truncatedBytes } = await openWal(walFiles, from, walOptions);
  const owner: Metadata = Metadata.decode(metadata);
  checkOwner(config, owner);
  if (truncatedBytes > 0) {
    logger.warning('repaired the write-ahead log: cut a half-written record off its end', {
      bytes: truncatedBytes,
    });
  }
  logger.info('restarting local member', {
    'local-member-id': idText(owner.nodeId),
    'cluster-id': idText(owner.clusterId),
    'commit-index': hardState.commit,
  });
  const storage = new ServerStorage();
  // The state itself goes to the caller; what the log needs is only where it begins.
  if (snapshot !== undefined) storage.applySnapshot({ ...snapshot, data: new Uint8Array(0) });
  storage.setHardState(hardState);
  storage.append(entries);
  return {
    memberId: owner.nodeId,
    clusterId: owner.clusterId,
    wal,
    snapshotFiles,
    storage,
    snapshot,
    hardState,
    bootstrapMembers: undefined,
  };
}

/** A data folder remembers whose it is; flags that describe another cluster or member are a mistake worth stopping for. */
function checkOwner(config: ServerConfig, owner: Metadata): void {
  if (config.initialClusterState !== 'new' || !config.initialCluster.has(config.name)) return;
  const members = membersFromInitialCluster(config.initialCluster, config.initialClusterToken);
  const clusterId = computeClusterId(members.map((member) => member.id));
  if (clusterId !== owner.clusterId) {
    throw new LabError(
      `data directory belongs to member ${idText(owner.nodeId)} of cluster ${idText(owner.clusterId)}, but --initial-cluster and --initial-cluster-token describe cluster ${idText(clusterId)}`,
      {
        where: config.dataDir,
        remedy: `correct the flags, or, if the data may go, remove ${config.dataDir} and start again`,
      },
    );
  }
  // A member that was removed and added again has an id that the flags do not tell.
  const named = members.find((member) => member.id === owner.nodeId);
  if (named === undefined || named.name === config.name) return;
  throw new LabError(
    `data directory belongs to member ${named.name} (${idText(owner.nodeId)}), but this is ${config.name}: two members with one identity would corrupt the cluster`,
    { where: config.dataDir, remedy: `give ${config.name} a --data-dir of its own, or correct --name` },
  );
}
