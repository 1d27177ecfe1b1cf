import { DATA_LIMIT_EXCEEDED, QUERY_EVALUATION_ERROR, StateError } from './errors.ts';

/** The most that a state takes in, gives out or gets from a task: 256 KiB of UTF-8. */
export const PAYLOAD_LIMIT_BYTES = 256 * 1024;

/** Is the text larger than a payload may be? Short texts are never counted: no UTF-16 unit needs more than 3 bytes. */
export const isTooLarge = (text: string): boolean =>
  text.length * 3 > PAYLOAD_LIMIT_BYTES && Buffer.byteLength(text) > PAYLOAD_LIMIT_BYTES;

/** The JSON text of a payload; fails the state with `States.DataLimitExceeded` where AWS would. */
export function payloadText(value: unknown, what: string): string {
  const text = JSON.stringify(value);
  if (isTooLarge(text)) {
    throw new StateError(
      DATA_LIMIT_EXCEEDED,
      `${what} returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
  }
  return text;
}

/**
 * A result of the jsonata engine as plain JSON. The engine marks the arrays it makes as "sequences" and would unwrap a
 * marked array of one element when the value is used again: only a copy without marks behaves as it does on AWS, where
 * every value passes through JSON text.
 */
export function plainJson(value: unknown, where: string): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new StateError(QUERY_EVALUATION_ERROR, `${where} returned a number that JSON cannot express.`);
  }
  if (Array.isArray(value)) return value.map((element) => plainJson(element, where));
  if (typeof value === 'object' && !('_jsonata_lambda' in value) && !('_jsonata_function' in value)) {
    const copy: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(value)) if (field !== undefined) copy[key] = plainJson(field, where);
    return copy;
  }
  throw new StateError(QUERY_EVALUATION_ERROR, `${where} returned a ${typeof value}, which is not JSON.`);
}
