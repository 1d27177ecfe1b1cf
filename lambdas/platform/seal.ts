/**
 * Sealed blobs: what billing must not read (contacts, merchants). AES-256-GCM with the account id as associated data,
 * so a blob moved to another account does not open. Form: key version (1 byte), iv (12), tag (16), ciphertext.
 */
import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + IV_BYTES + TAG_BYTES;

/** A data key of an import: a secret of 32 bytes, which nothing prints, and the version that stands in front of every blob it seals. */
export interface DataKey {
  readonly version: number;
  readonly secret: KeyObject;
}

/** Seals a text for one account. */
export function seal(key: DataKey, accountId: string, plain: string): Uint8Array {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.secret, iv).setAAD(Buffer.from(accountId));
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Uint8Array.of(key.version), iv, cipher.getAuthTag(), sealed]);
}

/** Opens a blob; null when the key, the version or the account is not the one it was sealed for, or the blob is damaged. */
export function unseal(key: DataKey, accountId: string, blob: Uint8Array): string | null {
  if (blob.length < HEADER_BYTES || blob[0] !== key.version) return null;
  const iv = blob.subarray(1, 1 + IV_BYTES);
  const tag = blob.subarray(1 + IV_BYTES, HEADER_BYTES);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.secret, iv).setAAD(Buffer.from(accountId)).setAuthTag(tag);
    return Buffer.concat([decipher.update(blob.subarray(HEADER_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
