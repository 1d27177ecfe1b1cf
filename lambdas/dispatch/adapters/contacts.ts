/** Opens the sealed contact of a claimed notice. Only the sending functions may: only their roles can unwrap the key. */
import { z } from 'zod';
import type { DataKey } from '../../platform/seal.ts';
import { unseal } from '../../platform/seal.ts';
import type { Answer } from '../domain/answer.ts';
import type { Notice } from '../domain/ledger.ts';

export interface Contact {
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
}

/** A contact, or the answer that stands for a send that could not be tried. */
export type Opened = { readonly contact: Contact } | { readonly answer: Answer };

export type OpenContact = (notice: Pick<Notice, 'accountId' | 'importId' | 'contact'>) => Promise<Opened>;

const contactSchema = z.object({
  name: z.string().catch(''),
  email: z.string().nullish().catch(null),
  phone: z.string().nullish().catch(null),
});

/** KMS says with these that the key is not ours to open: no later try will. */
const LOCKED_OUT = new Set([
  'InvalidCiphertextException',
  'IncorrectKeyException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

export const openContacts =
  (keyOf: (importId: string) => Promise<DataKey | null>): OpenContact =>
  async ({ accountId, importId, contact }) => {
    let key: DataKey | null;
    try {
      key = await keyOf(importId);
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'UnknownError';
      // An outage of the key service concerns everybody: notices wait for it, they do not fall back.
      return { answer: { class: LOCKED_OUT.has(reason) ? 'PERMANENT' : 'PROVIDER_DOWN', reason: `key-${reason}` } };
    }
    const text = key && contact ? unseal(key, accountId, contact) : null;
    if (text === null) return { answer: { class: 'PERMANENT', reason: 'contact-unreadable' } };
    try {
      const { name, email, phone } = contactSchema.parse(JSON.parse(text));
      return { contact: { name, email: email ?? null, phone: phone ?? null } };
    } catch {
      return { answer: { class: 'PERMANENT', reason: 'contact-unreadable' } };
    }
  };
