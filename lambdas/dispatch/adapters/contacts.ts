/** Opens the sealed contact of a claimed notice. Only the sending functions may: only their roles can unwrap the key. */
import { z } from 'zod';
import { unseal, type DataKey } from '../../platform/seal.ts';
import type { Answer } from '../domain/answer.ts';
import type { Notice } from '../domain/ledger.ts';

/** How a customer is named and reached, in the open. It lives as long as one send, and is never logged. */
export interface Contact {
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
}

/** A contact, or the answer that stands for a send that could not be tried. */
export type Opened = { readonly contact: Contact } | { readonly answer: Answer };

/** Never throws: one contact that does not open must not fail the batch. */
export type OpenContact = (notice: Pick<Notice, 'accountId' | 'importId' | 'contact'>) => Promise<Opened>;

const contactSchema = z.object({
  name: z.string().catch(''),
  email: z.string().min(1).nullable().catch(null),
  phone: z.string().min(1).nullable().catch(null),
});

const UNREADABLE: Opened = { answer: { class: 'PERMANENT', reason: 'contact-unreadable' } };

/**
 * KMS says with these that the stored key is not what it wrapped: no later try will open it. Everything else (throttled,
 * down, key disabled, no grant) passes or is put right by a person, and then every contact opens.
 */
const WRONG_KEY = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

export function openContacts(keyOf: (importId: string) => Promise<DataKey | null>): OpenContact {
  // The notices of a batch are sent at once: one question for all of them, and none is kept that failed.
  const asked = new Map<string, Promise<DataKey | null>>();
  const askOnce = (importId: string): Promise<DataKey | null> => {
    const running = asked.get(importId);
    if (running) return running;
    const key = keyOf(importId).finally(() => asked.delete(importId));
    asked.set(importId, key);
    return key;
  };
  return async ({ accountId, importId, contact }) => {
    if (!contact) return UNREADABLE;
    let key: DataKey | null;
    try {
      key = await askOnce(importId);
    } catch (error) {
      const name = error instanceof Error ? error.name : 'UnknownError';
      if (WRONG_KEY.has(name)) return UNREADABLE;
      // An outage of the key service concerns everybody: notices wait for it, they do not fall back.
      return { answer: { class: 'PROVIDER_DOWN', reason: `key-${name}` } };
    }
    const text = key && unseal(key, accountId, contact);
    return text === null ? UNREADABLE : readContact(text);
  };
}

function readContact(text: string): Opened {
  try {
    return { contact: contactSchema.parse(JSON.parse(text)) };
  } catch {
    // Its text may hold an address: the error is not told, only that there was one.
    return UNREADABLE;
  }
}
