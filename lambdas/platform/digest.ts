import { createHash } from 'node:crypto';
import { canonicalJson } from '../kernel/canonical-json.ts';

/** SHA-256 of a text, 32 bytes. */
export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** SHA-256 of a JSON value in canonical form, as lower-case hex: equal values have equal digests. */
export const digestOf = (value: unknown): string => sha256(canonicalJson(value)).toString('hex');
