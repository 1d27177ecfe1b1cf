/** The invoices table: put if absent, and nothing else. Settlement's role has no permission that could overwrite. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Invoice } from '../../contracts/invoice.ts';
import {
  STORED_FORM,
  contentText,
  decodeInvoice,
  encodeInvoice,
  type StoredInvoice,
} from '../../contracts/stored-invoice.ts';
import type { Month } from '../../kernel/dates.ts';
import { invoiceKey } from '../../kernel/ids.ts';
import { executeStatements, insertStatement } from '../../platform/batch-statements.ts';
import { sha256 } from '../../platform/digest.ts';
import { queryPartition } from '../../platform/query.ts';

/** An invoice that is to be written, with the stamp of what it was made from. */
export interface DraftInvoice {
  readonly invoice: Invoice;
  readonly version: number;
  readonly stored: StoredInvoice;
}

/** An invoice item as it lies in the table; its `form` may be one that we do not know. */
export interface StoredItem extends Omit<StoredInvoice, 'form'> {
  readonly form: number;
  readonly accountId: string;
  readonly version: number;
}

/** What became of one draft: written now, there already with the same content, or there with another. */
export type PutOutcome =
  { readonly outcome: 'drafted' | 'already-there' } | { readonly outcome: 'conflict'; readonly stored: StoredItem };

/** What every invoice of a run is stamped with. */
export interface InvoiceStamp {
  readonly runId: string;
  readonly importId: string;
  readonly catalogDigest: string;
}

export interface InvoiceStore {
  /** True when no invoice of the bucket is stored: one read unit. */
  isEmpty: (month: Month, bucket: number) => Promise<boolean>;
  /** True when the account has an invoice of the month, in any version. */
  isBilled: (month: Month, bucket: number, accountId: string) => Promise<boolean>;
  /** The runs whose invoices the accounts of a bucket have, by account. */
  readRunIds: (month: Month, bucket: number) => Promise<Map<string, readonly string[]>>;
  /** All invoices of a bucket, by their sort keys. */
  readBucket: (month: Month, bucket: number) => Promise<Map<string, StoredItem>>;
  /** Writes what is absent; answers for each draft, in order. Safe at any number of times, at once. */
  putAbsent: (month: Month, bucket: number, drafts: readonly DraftInvoice[]) => Promise<PutOutcome[]>;
}

/** First bytes of the SHA-256 of the input: enough to tell inputs of one account apart. */
const INPUT_HASH_BYTES = 16;

/** The hash of everything that an invoice is made from: catalogs, account and usage (null when there is none). */
export const inputHashOf = (catalogDigest: string, accountText: string, usageText: string | null): Uint8Array =>
  sha256(`${catalogDigest}\n${accountText}\n${usageText ?? ''}`).subarray(0, INPUT_HASH_BYTES);

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The hash of everything that an invoice says, in hex: what its item would have beside its body. */
export const contentHashOf = (invoice: Invoice): string =>
  hexOf(sha256(contentText(invoice.month, invoice.accountId, encodeInvoice(invoice))));

/** Makes a draft of version 1 of an invoice. */
export function draftOf(invoice: Invoice, inputHash: Uint8Array, stamp: InvoiceStamp): DraftInvoice {
  const body = encodeInvoice(invoice);
  const stored: StoredInvoice = {
    form: STORED_FORM,
    ...stamp,
    inputHash,
    contentHash: sha256(contentText(invoice.month, invoice.accountId, body)),
    body,
    amountDue: invoice.amountDue,
  };
  return { invoice, version: 1, stored };
}

/** Compares a draft with what is stored under its key. */
export const compareStored = ({ stored }: DraftInvoice, found: StoredItem): PutOutcome =>
  hexOf(stored.contentHash) === hexOf(found.contentHash)
    ? { outcome: 'already-there' }
    : { outcome: 'conflict', stored: found };

/** The invoice of an item; null when its body is damaged: not the one its content hash was made of, or not readable. */
export function openStored(month: Month, item: StoredItem): Invoice | null {
  if (item.form !== STORED_FORM) return null;
  const hash = sha256(contentText(month, item.accountId, item.body));
  if (Buffer.compare(hash, item.contentHash) !== 0) return null;
  try {
    return decodeInvoice(month, item.accountId, item.body);
  } catch {
    return null;
  }
}

const partition = (month: Month, bucket: number): string => `${month}#${bucket}`;

export function invoiceStore(dynamo: DynamoDBClient, table: string): InvoiceStore {
  const store: InvoiceStore = {
    async isEmpty(month, bucket) {
      for await (const page of queryPartition(dynamo, { table, pk: partition(month, bucket), limit: 1 }))
        return page.length === 0;
      return true;
    },
    async isBilled(month, bucket, accountId) {
      const query = { table, pk: partition(month, bucket), skPrefix: `${accountId}#`, limit: 1 };
      for await (const page of queryPartition(dynamo, query)) return page.length > 0;
      return false;
    },
    async readRunIds(month, bucket) {
      const found = new Map<string, readonly string[]>();
      const query = { table, pk: partition(month, bucket), attributes: ['sk', 'runId'] };
      for await (const page of queryPartition(dynamo, query))
        for (const { accountId, runId } of page.map(readItem))
          found.set(accountId, [...(found.get(accountId) ?? []), runId]);
      return found;
    },
    async readBucket(month, bucket) {
      const items = new Map<string, StoredItem>();
      for await (const page of queryPartition(dynamo, { table, pk: partition(month, bucket) }))
        for (const item of page) items.set(String(item['sk']), readItem(item));
      return items;
    },
    async putAbsent(month, bucket, drafts) {
      const pk = partition(month, bucket);
      const statements = drafts.map((draft) => insertStatement(table, attributesOf(pk, draft)));
      const answers = await executeStatements(dynamo, statements);
      // A key that exists is read again, consistently: it may be our own write whose answer was lost.
      const found = answers.every((answer) => answer.ok) ? null : await store.readBucket(month, bucket);
      return drafts.map((draft, index): PutOutcome => {
        const answer = answers[index];
        if (answer?.ok) return { outcome: 'drafted' };
        const stored = found?.get(invoiceKey(draft.invoice.accountId, draft.version));
        if (!stored)
          throw new Error(
            `the invoice of ${draft.invoice.accountId} was refused (${answer?.code ?? ''}), yet it is not there`,
          );
        return compareStored(draft, stored);
      });
    },
  };
  return store;
}

const attributesOf = (pk: string, { invoice, version, stored }: DraftInvoice) => ({
  pk: { S: pk },
  sk: { S: invoiceKey(invoice.accountId, version) },
  form: { N: String(stored.form) },
  runId: { S: stored.runId },
  importId: { S: stored.importId },
  catalogDigest: { S: stored.catalogDigest },
  inputHash: { B: stored.inputHash },
  contentHash: { B: stored.contentHash },
  body: { S: stored.body },
  amountDue: { N: String(stored.amountDue) },
});

/**
 * Read by hand, as a rerun and a proof read every invoice of the month. What is missing or of another type is read as
 * empty: such an item is no invoice that could be opened, so the proof names it, where a thrown error would only stop.
 */
function readItem(item: Record<string, unknown>): StoredItem {
  const sk = text(item['sk']);
  const [, accountId = sk, version = '0'] = /^(.*)#(\d{4})$/.exec(sk) ?? [];
  return {
    accountId,
    version: Number(version),
    form: whole(item['form']),
    runId: text(item['runId']),
    importId: text(item['importId']),
    catalogDigest: text(item['catalogDigest']),
    inputHash: bytes(item['inputHash']),
    contentHash: bytes(item['contentHash']),
    body: text(item['body']),
    amountDue: whole(item['amountDue']),
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const whole = (value: unknown): number => (typeof value === 'number' ? value : 0);
const bytes = (value: unknown): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array());
