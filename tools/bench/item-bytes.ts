/**
 * The size of an item as DynamoDB counts it for capacity units (developer guide, "DynamoDB item sizes and formats").
 * A write unit is 1 KB of it, begun ones count whole.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export const WRITE_UNIT_BYTES = 1024;

/** Names and values in UTF-8. A list or map takes 3 bytes, and 1 for each of its elements. */
export const itemBytes = (item: Readonly<Record<string, AttributeValue>>): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.L !== undefined) return value.L.reduce((sum, element) => sum + 1 + valueBytes(element), 3);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  if (value.SS !== undefined) return value.SS.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, number) => sum + numberBytes(number), 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, bytes) => sum + bytes.length, 0);
  throw new Error(`an attribute of no known type: ${Object.keys(value).join()}`);
}

/** "Approximately": a byte for two significant digits, one for the exponent, and one for the sign of a negative number. */
function numberBytes(text: string): number {
  const digits = text.replace(/e.*$/i, '').replace(/[-+.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

export interface ItemSizes {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Items of one write unit among all, 0 to 1. */
  readonly withinUnit: number;
}

/** The sizes of items, in bytes. Of no items there are none to tell: it throws. */
export function sizesOf(items: readonly Readonly<Record<string, AttributeValue>>[]): ItemSizes {
  const sizes = items.map(itemBytes).sort((a, b) => a - b);
  const at = (share: number): number => {
    const size = sizes[Math.ceil(share * sizes.length) - 1];
    if (size === undefined) throw new Error('there are no items');
    return size;
  };
  const withinUnit = sizes.filter((bytes) => bytes <= WRITE_UNIT_BYTES).length / sizes.length;
  return { p50: at(0.5), p95: at(0.95), max: at(1), withinUnit };
}
