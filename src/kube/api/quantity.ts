/**
 * Resource quantities: 500m, 1Gi, 2e3. Exact, in units of 10^-9 (bigint), rounded up below that as upstream does.
 * Models staging/src/k8s.io/apimachinery/pkg/api/resource.
 */

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface ParsedQuantity {
  /** The value times 10^9. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** What upstream says of a text that is no quantity. */
export const QUANTITY_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const NANO = 1_000_000_000n;
const binary: readonly [string, bigint][] = [
  ['Ei', 1n << 60n],
  ['Pi', 1n << 50n],
  ['Ti', 1n << 40n],
  ['Gi', 1n << 30n],
  ['Mi', 1n << 20n],
  ['Ki', 1n << 10n],
];
/** Suffix and power of ten, from the largest. */
const decimal: readonly [string, number][] = [
  ['E', 18],
  ['P', 15],
  ['T', 12],
  ['G', 9],
  ['M', 6],
  ['k', 3],
  ['', 0],
  ['m', -3],
  ['u', -6],
  ['n', -9],
];

/** Undefined for what is no quantity. A client may send a number instead of a text. */
export function parseQuantity(value: string | number): ParsedQuantity | undefined {
  const match = /^([+-]?)(\d+\.?\d*|\.\d+)(?:(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE])|[eE]([+-]?\d+))?$/.exec(
    String(value),
  );
  if (match === null) return undefined;
  const [, sign, number, suffix = '', exponent] = match;
  const [whole = '', fraction = ''] = number!.split('.');
  const digits = BigInt(`${whole}${fraction}` || '0');
  const factor = binary.find(([name]) => name === suffix)?.[1];
  const power =
    exponent !== undefined ? Number(exponent) : (decimal.find(([name]) => name === suffix)?.[1] ?? 0);
  // Far beyond what fits: upstream caps, we need no numbers of a thousand digits.
  if (Math.abs(power) > 100) return undefined;
  const scale = power + 9 - fraction.length;
  const scaled = digits * (factor ?? 1n);
  const nanos = scale >= 0 ? scaled * 10n ** BigInt(scale) : divideUp(scaled, 10n ** BigInt(-scale));
  const format = factor !== undefined ? 'BinarySI' : exponent !== undefined ? 'DecimalExponent' : 'DecimalSI';
  return { nanos: sign === '-' ? -nanos : nanos, format };
}

function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

/** The canonical text: the largest suffix without a fraction. 1500m stays, 2000m is 2, 0.5Gi is 512Mi. */
function formatQuantity({ nanos, format }: ParsedQuantity): string {
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const value = nanos < 0n ? -nanos : nanos;
  if (format === 'BinarySI' && value >= 1024n * NANO && value % NANO === 0n) {
    const units = value / NANO;
    for (const [suffix, factor] of binary)
      if (units % factor === 0n) return `${sign}${units / factor}${suffix}`;
    return `${sign}${units}`;
  }
  for (const [suffix, power] of decimal) {
    const factor = 10n ** BigInt(power + 9);
    if (value % factor !== 0n) continue;
    if (format === 'DecimalExponent' && power !== 0) return `${sign}${value / factor}e${power}`;
    return `${sign}${value / factor}${suffix}`;
  }
  return `${sign}${value}n`;
}

/** The canonical form of a text, or the text itself when it is no quantity. */
export function canonicalQuantity(value: string | number): string {
  const parsed = parseQuantity(value);
  return parsed === undefined ? String(value) : formatQuantity(parsed);
}

/** Below, at or above 0 as `a` is less than, equal to or more than `b`. Throws RangeError for what is no quantity. */
export function compareQuantities(a: string | number, b: string | number): number {
  const difference = nanosOf(a) - nanosOf(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The sum, in the format of `a`. */
export function addQuantities(a: string | number, b: string | number): string {
  const first = parseQuantity(a);
  return formatQuantity({
    nanos: nanosOf(a) + nanosOf(b),
    format: first?.nanos === 0n ? formatOf(b) : formatOf(a),
  });
}

export function subtractQuantities(a: string | number, b: string | number): string {
  return formatQuantity({ nanos: nanosOf(a) - nanosOf(b), format: formatOf(a) });
}

/** Whole units, rounded up: bytes of memory, a number of pods. */
export function quantityValue(value: string | number): number {
  const nanos = nanosOf(value);
  return Number(nanos >= 0n ? divideUp(nanos, NANO) : nanos / NANO);
}

/** Thousandths, rounded up: millicores. */
export function quantityMilliValue(value: string | number): number {
  const nanos = nanosOf(value);
  return Number(nanos >= 0n ? divideUp(nanos, 1_000_000n) : nanos / 1_000_000n);
}

function formatOf(value: string | number): QuantityFormat {
  return parseQuantity(value)?.format ?? 'DecimalSI';
}

function nanosOf(value: string | number): bigint {
  const parsed = parseQuantity(value);
  if (parsed === undefined) throw new RangeError(`"${value}": ${QUANTITY_ERROR}`);
  return parsed.nanos;
}
