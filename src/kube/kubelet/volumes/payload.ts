import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  Secret,
  Volume,
  VolumeProjection,
} from '../../api/types/core-v1.ts';
import type { ObjectSource } from '../env/environment.ts';
import { fieldValue, type PodAddresses, resourceFieldValue } from '../env/field-ref.ts';
import { namespaceOf } from '../pods/pod.ts';
import type { PayloadFile } from './atomic-writer.ts';

export interface PayloadInputs {
  readonly objects: ObjectSource;
  readonly addresses: PodAddresses;
  readonly allocatable: Readonly<Record<string, string>>;
  /** A bound token for the pod's service account. */
  readonly token: (pod: Pod, audience: string | undefined, expirationSeconds: number) => Promise<string>;
}

const defaultMode = 0o644;
const defaultTokenSeconds = 3600;

/** The files of a configMap, secret, downwardAPI or projected volume; undefined for other types. Throws what is missing. */
export async function volumePayload(
  pod: Pod,
  volume: Volume,
  inputs: PayloadInputs,
): Promise<Map<string, PayloadFile> | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) return sourcePayload(pod, { configMap }, configMap.defaultMode, inputs);
  if (secret !== undefined) {
    const { secretName, ...rest } = secret;
    return sourcePayload(pod, { secret: { ...rest, name: secretName ?? '' } }, secret.defaultMode, inputs);
  }
  if (downwardAPI !== undefined) return sourcePayload(pod, { downwardAPI }, downwardAPI.defaultMode, inputs);
  if (projected === undefined) return undefined;
  const files = new Map<string, PayloadFile>();
  for (const source of projected.sources ?? []) {
    for (const [path, file] of await sourcePayload(pod, source, projected.defaultMode, inputs))
      files.set(path, file);
  }
  return files;
}

async function sourcePayload(
  pod: Pod,
  source: VolumeProjection,
  volumeMode: number | undefined,
  inputs: PayloadInputs,
): Promise<Map<string, PayloadFile>> {
  const mode = volumeMode ?? defaultMode;
  const namespace = namespaceOf(pod);
  if (source.configMap !== undefined) {
    const { name = '', items, optional = false } = source.configMap;
    const found = await inputs.objects.configMap(namespace, name);
    if (found === undefined && !optional) throw new Error(`configmap "${name}" not found`);
    return chosen(
      configMapData(found),
      items,
      mode,
      optional,
      `configmap references non-existent config key`,
    );
  }
  if (source.secret !== undefined) {
    const { name = '', items, optional = false } = source.secret;
    const found = await inputs.objects.secret(namespace, name);
    if (found === undefined && !optional) throw new Error(`secret "${name}" not found`);
    return chosen(secretData(found), items, mode, optional, `references non-existent secret key`);
  }
  if (source.downwardAPI !== undefined) {
    return new Map(
      (source.downwardAPI.items ?? []).map((item) => [item.path, downwardFile(pod, item, mode, inputs)]),
    );
  }
  if (source.serviceAccountToken !== undefined) {
    const { path, audience, expirationSeconds = defaultTokenSeconds } = source.serviceAccountToken;
    const token = await inputs.token(pod, audience, expirationSeconds);
    return new Map([[path, { content: Buffer.from(token), mode }]]);
  }
  const [kind = 'empty'] = Object.keys(source);
  throw new Error(`projected volume source ${kind} is not supported by this kubelet`);
}

function configMapData(found: ConfigMap | undefined): Map<string, Buffer> {
  const text = Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const);
  const binary = Object.entries(found?.binaryData ?? {}).map(
    ([key, value]) => [key, Buffer.from(value, 'base64')] as const,
  );
  return new Map([...text, ...binary]);
}

const secretData = (found: Secret | undefined) =>
  new Map(Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]));

/** All keys, or only those that `items` names, under the paths given there. */
function chosen(
  data: ReadonlyMap<string, Buffer>,
  items: readonly KeyToPath[] | undefined,
  mode: number,
  optional: boolean,
  missing: string,
): Map<string, PayloadFile> {
  if (items === undefined || items.length === 0)
    return new Map([...data].map(([key, content]) => [key, { content, mode }]));
  const files = new Map<string, PayloadFile>();
  for (const item of items) {
    const content = data.get(item.key);
    if (content === undefined) {
      if (optional) continue;
      throw new Error(`${missing}: ${item.key}`);
    }
    files.set(item.path, { content, mode: item.mode ?? mode });
  }
  return files;
}

function downwardFile(
  pod: Pod,
  item: DownwardAPIVolumeFile,
  mode: number,
  { addresses, allocatable }: PayloadInputs,
): PayloadFile {
  const text =
    item.fieldRef !== undefined
      ? fieldValue(pod, item.fieldRef.fieldPath, addresses)
      : item.resourceFieldRef !== undefined
        ? resourceFieldValue(pod, item.resourceFieldRef, '', allocatable)
        : '';
  return { content: Buffer.from(text), mode: item.mode ?? mode };
}
