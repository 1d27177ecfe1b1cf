/** What stands in the tables of a month: invoices, rejections, notices. Read once the month is through. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { decodeInvoice } from '../../lambdas/contracts/stored-invoice.ts';
import type { Invoice } from '../../lambdas/contracts/invoice.ts';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { FINAL_STATES, type NoticeState } from '../../lambdas/dispatch/domain/ledger.ts';
import type { Channel } from '../../lambdas/dispatch/domain/policy.ts';
import { shardOfBucket } from '../../lambdas/kernel/buckets.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { isResend } from '../../lambdas/kernel/ids.ts';
import { queryPartition } from '../../lambdas/platform/query.ts';

export interface MonthTables {
  readonly invoices: string;
  readonly rejections: string;
  readonly notices: string;
  readonly bucketCount: number;
  /** Shards of the month's run; 1 when it is not known. */
  readonly shardCount?: number;
}

export interface MonthTally {
  readonly invoices: number;
  /** Those that count: their accounts have no invoice. */
  readonly rejections: number;
  /** Rejections by their reasons; an account may have several. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Won that the invoices ask for. */
  readonly amountDue: number;
  readonly amounts: readonly number[];
  /** Invoices by the shard that their bucket lies in. */
  readonly byShard: Readonly<Record<string, number>>;
  /** One for each invoice; resends are counted apart. */
  readonly notices: number;
  readonly resends: number;
  /** Won that the notices name, resends aside. */
  readonly noticed: number;
  readonly states: Readonly<Partial<Record<NoticeState, number>>>;
  readonly sent: Readonly<Record<Channel, number>>;
  readonly undeliverable: number;
  readonly skipped: number;
  /** Notices that are not final. */
  readonly held: number;
  /** Sends by channel and the class of their answers: `email ACCEPTED`. */
  readonly attempts: Readonly<Record<string, number>>;
  /** What the providers told of sends afterwards: `email delivered`. */
  readonly told: Readonly<Record<string, number>>;
  /** Notices that came to their channel from another one. */
  readonly fallenBack: number;
  readonly possibleDuplicates: number;
  /** Notice ids by how they were sent, to compare with what the providers got. */
  readonly sentIds: Readonly<Record<Channel, readonly string[]>>;
  /** Notices with emails that the provider took and gave back: these notified nobody. How many of each notice's. */
  readonly bounced: ReadonlyMap<string, number>;
  /** An invoice with many lines, to look at. */
  readonly sample: Invoice | null;
}

const bump = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};

export async function tallyMonth(dynamo: DynamoDBClient, tables: MonthTables, month: Month): Promise<MonthTally> {
  const ledger = noticeLedger(dynamo, tables.notices);
  const reasons: Record<string, number> = {};
  const states: Record<string, number> = {};
  const attempts: Record<string, number> = {};
  const told: Record<string, number> = {};
  const byShard: Record<string, number> = {};
  const amounts: number[] = [];
  const sentIds: Record<Channel, string[]> = { email: [], sms: [] };
  const bounced = new Map<string, number>();
  let [rejections, notices, resends, noticed, fallenBack, possibleDuplicates] = [0, 0, 0, 0, 0, 0];
  let sample: { accountId: string; body: string } | null = null;
  for (let bucket = 0; bucket < tables.bucketCount; bucket++) {
    const pk = `${month}#${bucket}`;
    const billed = new Set<string>();
    for await (const page of queryPartition(dynamo, { table: tables.invoices, pk }))
      for (const { sk, body, amountDue } of page) {
        amounts.push(Number(amountDue));
        billed.add(String(sk).split('#')[0] ?? '');
        bump(byShard, `shard ${shardOfBucket(bucket, tables.shardCount ?? 1, tables.bucketCount)}`);
        if (String(body).length > (sample?.body.length ?? 0))
          sample = { accountId: String(sk).split('#')[0] ?? '', body: String(body) };
      }
    for await (const page of queryPartition(dynamo, { table: tables.rejections, pk }))
      for (const item of page) {
        if (billed.has(String(item['sk']))) continue; // an invoice resolves it
        rejections += 1;
        for (const reason of item['reasons'] as Iterable<string>) bump(reasons, reason);
      }
    for await (const page of ledger.bucket(month, bucket))
      for (const notice of page) {
        if (isResend(notice.noticeId)) resends += 1;
        else {
          notices += 1;
          noticed += notice.amountDue;
        }
        bump(states, notice.state);
        for (const attempt of notice.attempts) bump(attempts, `${attempt.channel} ${attempt.class}`);
        if (notice.channel !== notice.channels[0] && notice.channels.length > 0) fallenBack += 1;
        for (const { channel, became } of notice.attempts) if (became) bump(told, `${channel} ${became}`);
        const back = notice.attempts.filter(({ became }) => became === 'bounced').length;
        if (back > 0) bounced.set(notice.noticeId, back);
        if (notice.possibleDuplicate) possibleDuplicates += 1;
        if (notice.state === 'SENT' || notice.state === 'DELIVERED') sentIds[notice.channel].push(notice.noticeId);
      }
  }
  const final = FINAL_STATES.reduce((sum, state) => sum + (states[state] ?? 0), 0);
  return {
    invoices: amounts.length,
    rejections,
    reasons,
    amountDue: amounts.reduce((sum, amount) => sum + amount, 0),
    amounts,
    byShard,
    notices,
    resends,
    noticed,
    states,
    sent: { email: sentIds.email.length, sms: sentIds.sms.length },
    undeliverable: states['UNDELIVERABLE'] ?? 0,
    skipped: states['SKIPPED'] ?? 0,
    held: notices + resends - final,
    attempts,
    told,
    fallenBack,
    possibleDuplicates,
    sentIds,
    bounced,
    sample: sample && decodeInvoice(month, sample.accountId, sample.body),
  };
}
