import { LabError, UsageError } from '../../lib/errors.ts';
import { type FlagSpecs, parseFlags } from '../../lib/flags.ts';
import type { ResponseHeader } from '../proto/kv.ts';
import { methods } from '../proto/methods.ts';
import type { Member } from '../proto/services.ts';
import { type Context, idText } from './context.ts';
import { goJson, headerJson, omitEmpty, table } from './format.ts';
import { fieldsHeader } from './kv-print.ts';

/** member list, add, remove, update and promote. Models etcdctl/ctlv3/command/member_command.go. */

const memberRow = (member: Member): string[] => [
  idText(member.id),
  member.name === '' ? 'unstarted' : 'started',
  member.name,
  member.peerUrls.join(','),
  member.clientUrls.join(','),
  String(member.isLearner),
];
const memberJson = (member: Member) =>
  omitEmpty({
    ID: member.id,
    name: member.name,
    peerURLs: member.peerUrls,
    clientURLs: member.clientUrls,
    isLearner: member.isLearner,
  });

export async function memberList(context: Context, words: readonly string[]): Promise<number> {
  if (words.length > 0)
    throw new UsageError(`etcdctl member list: unexpected argument ${JSON.stringify(words[0])}`);
  const { header, members } = await context.client().memberList();
  switch (context.format) {
    case 'table':
      context.print(
        table(['ID', 'STATUS', 'NAME', 'PEER ADDRS', 'CLIENT ADDRS', 'IS LEARNER'], members.map(memberRow)),
      );
      break;
    case 'json':
      context.print(`${goJson({ header: headerJson(header), members: members.map(memberJson) })}\n`);
      break;
    case 'fields':
      context.print(fieldsHeader(header));
      for (const member of members) {
        context.print(`"ID" : ${member.id}\n"Name" : ${JSON.stringify(member.name)}\n`);
        for (const url of member.peerUrls) context.print(`"PeerURL" : ${JSON.stringify(url)}\n`);
        for (const url of member.clientUrls) context.print(`"ClientURL" : ${JSON.stringify(url)}\n`);
        context.print(`"IsLearner" : ${member.isLearner}\n\n`);
      }
      break;
    default:
      for (const member of members) context.print(`${memberRow(member).join(', ')}\n`);
  }
  return 0;
}

const peerUrlsFlag = {
  'peer-urls': { type: 'list', default: [], help: 'Comma separated peer URLs for the member.' },
} as const satisfies FlagSpecs;

export const memberAddFlags = {
  ...peerUrlsFlag,
  learner: { type: 'boolean', default: false, help: 'Indicates if the new member is raft learner.' },
} as const satisfies FlagSpecs;
export const memberUpdateFlags = peerUrlsFlag;

function checkPeerUrls(urls: readonly string[]): readonly string[] {
  if (urls.length === 0) throw new UsageError('member peer urls not provided');
  const bad = urls.find((url) => !/^https?:\/\//.test(url));
  if (bad !== undefined) {
    throw new LabError(`URL scheme must be http, https, unix, or unixs: ${bad}`, {
      remedy: 'write it as https://10.240.0.13:2380',
    });
  }
  return urls;
}

/** Ids are sixteen places wide here, where lists write them as they are. */
const wide = (id: bigint | undefined) => (id ?? 0n).toString(16).padStart(16);

export async function memberAdd(context: Context, words: readonly string[]): Promise<number> {
  const { flags, positional } = parseFlags(words, memberAddFlags, { program: 'etcdctl member add' });
  const [name, ...more] = positional;
  if (name === undefined) throw new UsageError('member name not provided');
  if (more.length > 0) {
    const url = positional.find((word) => word.startsWith('http'));
    throw new UsageError(`too many arguments${url === undefined ? '' : `, did you mean --peer-urls=${url}`}`);
  }
  const peerUrls = checkPeerUrls(flags['peer-urls']);
  const { header, member, members } = await context
    .client()
    .call(methods.memberAdd, { peerUrls: [...peerUrls], isLearner: flags.learner });
  if (context.format === 'json') {
    printMembersJson(context, header, members, member);
    return 0;
  }
  context.print(
    `Member ${wide(member!.id)} added${flags.learner ? ' as learner ' : ' '}to cluster ${wide(header?.clusterId)}\n`,
  );
  // What the new member needs to be told when it is started.
  const initial = members.flatMap((each) =>
    each.peerUrls.map((url) => `${each.id === member!.id ? name : each.name}=${url}`),
  );
  context.print(
    [
      '',
      `ETCD_NAME=${JSON.stringify(name)}`,
      `ETCD_INITIAL_CLUSTER=${JSON.stringify(initial.join(','))}`,
      `ETCD_INITIAL_ADVERTISE_PEER_URLS=${JSON.stringify(peerUrls.join(','))}`,
      'ETCD_INITIAL_CLUSTER_STATE="existing"',
      '',
    ].join('\n'),
  );
  return 0;
}

export async function memberRemove(context: Context, words: readonly string[]): Promise<number> {
  const id = memberId(words);
  const { header, members } = await context.client().call(methods.memberRemove, { id });
  printChange(context, header, members, `Member ${wide(id)} removed from cluster`);
  return 0;
}

export async function memberUpdate(context: Context, words: readonly string[]): Promise<number> {
  const { flags, positional } = parseFlags(words, memberUpdateFlags, { program: 'etcdctl member update' });
  const id = memberId(positional);
  const peerUrls = checkPeerUrls(flags['peer-urls']);
  const { header, members } = await context
    .client()
    .call(methods.memberUpdate, { id, peerUrls: [...peerUrls] });
  printChange(context, header, members, `Member ${wide(id)} updated in cluster`);
  return 0;
}

export async function memberPromote(context: Context, words: readonly string[]): Promise<number> {
  const id = memberId(words);
  const { header, members } = await context.client().call(methods.memberPromote, { id });
  printChange(context, header, members, `Member ${wide(id)} promoted in cluster`);
  return 0;
}

/** The one argument that names a member. */
export function memberId(words: readonly string[]): bigint {
  if (words.length !== 1) throw new UsageError('member ID is not provided');
  const [text] = words;
  if (!/^[0-9a-f]{1,16}$/i.test(text!)) {
    throw new UsageError(
      `bad member ID arg (strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax), expecting ID in Hex`,
      { remedy: 'etcdctl member list tells the IDs' },
    );
  }
  return BigInt(`0x${text}`);
}

function printChange(
  context: Context,
  header: ResponseHeader | undefined,
  members: readonly Member[],
  text: string,
): void {
  if (context.format === 'json') printMembersJson(context, header, members);
  else context.print(`${text} ${wide(header?.clusterId)}\n`);
}

function printMembersJson(
  context: Context,
  header: ResponseHeader | undefined,
  members: readonly Member[],
  member?: Member,
): void {
  context.print(
    `${goJson({
      header: headerJson(header),
      member: member === undefined ? undefined : memberJson(member),
      members: members.map(memberJson),
    })}\n`,
  );
}
