/** The ledger's conditional writes on the emulator: each statement must hold exactly when its row says so. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noticeLedger, type NoticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import {
  allows,
  applied,
  HELD_BY_PERSON,
  STATES,
  TRANSITIONS,
  type Notice,
  type NoticeOutline,
  type Transition,
  type TransitionName,
  type TransitionRow,
} from '../../lambdas/dispatch/domain/ledger.ts';
import type { NoticeMessage } from '../../lambdas/contracts/notice-message.ts';
import { startTable } from '../support/dynamo-table.ts';
import { minutesAfterNoon, plannedNotice } from '../support/notices.ts';

let ledger: NoticeLedger;
let stop: () => Promise<unknown>;

beforeAll(async () => {
  const table = await startTable('notices');
  stop = table.stop;
  ledger = noticeLedger(table.dynamo, 'notices');
});
afterAll(() => stop());

const messageOf = ({ noticeId, month, bucket }: Notice): NoticeMessage => ({ version: 1, noticeId, month, bucket });

const minute = fc.integer({ min: -20, max: 20 }).map(minutesAfterNoon);
const attempts = fc.constantFrom(
  [],
  [
    {
      channel: 'email' as const,
      number: 1,
      at: minutesAfterNoon(0),
      class: 'ACCEPTED' as const,
      providerMessageId: 'm',
    },
  ],
);
const notice = fc.record({
  attempts,
  state: fc.constantFrom(...STATES),
  channel: fc.constantFrom('email' as const, 'sms' as const),
  dueAt: minute,
  reason: fc.constantFrom(null, 'quiet-hours', HELD_BY_PERSON),
  used: fc.nat(3),
  possibleDuplicate: fc.boolean(),
  leaseToken: fc.constantFrom(null, 'a', 'b'),
  leaseUntil: fc.option(minute),
});
const transition: fc.Arbitrary<Transition> = fc
  .record({
    row: fc.constantFrom(...(Object.keys(TRANSITIONS) as TransitionName[])),
    channel: fc.constantFrom('email' as const, 'sms' as const),
    leaseToken: fc.constantFrom('a', 'b'),
    pick: fc.nat(),
    maxAttempts: fc.option(fc.nat(3), { nil: undefined }),
    reason: fc.constantFrom('first', 'second'),
    read: fc.record({ leaseToken: fc.constantFrom(null, 'a', 'b'), attempts }),
  })
  .map(({ row, pick, reason, maxAttempts, ...rest }) => {
    const { to, onto }: TransitionRow = TRANSITIONS[row];
    return {
      ...{ row, ...rest, to: to[pick % to.length] ?? 'SENT' },
      change: { reason, ...(onto === undefined ? {} : { channel: onto }) },
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
    };
  });

describe('the ledger on DynamoDB', () => {
  it('takes a transition exactly when its row allows it, and answers with the whole notice', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(notice, transition, minute), { minLength: 10, maxLength: 25 }),
        async (cases) => {
          const now = cases[0]?.[2] ?? minutesAfterNoon(0);
          const notices = cases.map(([change]) => plannedNotice({ ...change, noticeId: `2026-01_N${++number}_0001` }));
          expect(await ledger.plan(notices)).toEqual(notices.map(() => true));
          const writes = cases.map(([, each], index) => ({
            notice: messageOf(notices[index] as Notice),
            transition: each,
          }));
          const outcomes = await ledger.apply(writes, now);
          const stored = await ledger.read(writes.map((write) => write.notice));
          cases.forEach(([, each], index) => {
            const before = notices[index] as Notice;
            const expected = allows(before, each, now) ? applied(before, each) : null;
            expect(outcomes[index]).toEqual(expected);
            expect(stored[index]).toEqual(expected ?? before);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('writes nothing that leads where its row does not', async () => {
    const planned = plannedNotice({ noticeId: '2026-01_ASTRAY_0001' });
    await ledger.plan([planned]);
    const astray: Transition = { row: 'redriven', to: 'RETRYING', channel: 'email', change: { channel: 'email' } };
    const write = ledger.apply([{ notice: messageOf(planned), transition: astray }], minutesAfterNoon(0));
    await expect(write).rejects.toThrow('no row redriven leads to RETRYING');
    expect(await ledger.read([messageOf(planned)])).toEqual([planned]);
  });

  it('sends an email in doubt once more, whoever has read it before that', async () => {
    const doubtful = plannedNotice({ noticeId: '2026-01_DOUBT_0001', state: 'IN_DOUBT', possibleDuplicate: true });
    await ledger.plan([doubtful]);
    const resend: Transition = {
      ...{ row: 'resendInDoubt', to: 'SENDING', channel: 'email' },
      change: { possibleDuplicate: true, leaseToken: 'a', leaseUntil: minutesAfterNoon(1) },
    };
    expect(await ledger.record([{ notice: messageOf(doubtful), transition: resend }], minutesAfterNoon(0))).toEqual([
      false,
    ]);
  });

  it('takes an event only while lease and attempts are those that it was decided by', async () => {
    const [attempt] = [{ channel: 'email' as const, number: 1, at: minutesAfterNoon(0), class: 'UNKNOWN' as const }];
    const stored = plannedNotice({ noticeId: '2026-01_READ_0001', state: 'IN_DOUBT', attempts: [attempt] });
    await ledger.plan([stored]);
    const settled = (read: Pick<Notice, 'leaseToken' | 'attempts'>): Transition => ({
      ...{ row: 'event', to: 'SENT', channel: 'email', read },
      change: { attempts: [{ ...attempt, became: 'sent' }] },
    });
    const record = async (read: Pick<Notice, 'leaseToken' | 'attempts'>) =>
      (await ledger.record([{ notice: messageOf(stored), transition: settled(read) }], minutesAfterNoon(0)))[0];
    expect(await record({ leaseToken: 'b', attempts: stored.attempts })).toBe(false);
    expect(await record({ leaseToken: null, attempts: [attempt, attempt] })).toBe(false);
    expect(await record({ leaseToken: null, attempts: [] })).toBe(false);
    expect(await record(stored)).toBe(true);
    expect(await record(stored)).toBe(false);
  });

  it('records a transition without its notice under the same conditions', async () => {
    const planned = plannedNotice({ noticeId: '2026-01_RECORD_0001', state: 'SENDING', leaseToken: 'a' });
    await ledger.plan([planned]);
    const sent = (leaseToken: string): Transition => ({
      row: 'answer',
      to: 'SENT',
      channel: 'email',
      change: { leaseToken: null, leaseUntil: null },
      leaseToken,
    });
    const record = (token: string) =>
      ledger.record([{ notice: messageOf(planned), transition: sent(token) }], minutesAfterNoon(0));
    expect([await record('b'), await record('a'), await record('a')]).toEqual([[false], [true], [false]]);
  });

  it('gives one claim of two that come at once', async () => {
    const planned = plannedNotice({ noticeId: '2026-01_RACE_0001' });
    await ledger.plan([planned]);
    const claim = (leaseToken: string): Transition => ({
      row: 'claim',
      to: 'SENDING',
      channel: 'email',
      change: { leaseToken, leaseUntil: minutesAfterNoon(1), used: 1 },
    });
    const both = await Promise.all(
      ['one', 'two'].map((token) =>
        ledger.apply([{ notice: messageOf(planned), transition: claim(token) }], minutesAfterNoon(0)),
      ),
    );
    expect(both.flat().filter((outcome) => outcome !== null)).toHaveLength(1);
  });

  it('plans a notice once, whatever it says the second time', async () => {
    const planned = plannedNotice({ noticeId: '2026-01_TWICE_0001' });
    expect(await ledger.plan([planned])).toEqual([true]);
    expect(await ledger.plan([{ ...planned, state: 'SENT' }])).toEqual([false]);
    expect(await ledger.read([messageOf(planned)])).toEqual([planned]);
  });

  it('reads a bucket from a notice on', async () => {
    const ids = ['A', 'B', 'C'].map((name) => `2026-01_P${name}_0001`);
    await ledger.plan(ids.map((noticeId) => plannedNotice({ noticeId, bucket: 9 })));
    const read: string[] = [];
    for await (const page of ledger.bucket(plannedNotice().month, 9, ids[0]))
      read.push(...page.map(({ noticeId }) => noticeId));
    expect(read).toEqual(ids.slice(1));
  });

  it('outlines a bucket: the same notices, without what only a send needs', async () => {
    const ids = ['A', 'B'].map((name) => `2026-01_O${name}_0001`);
    await ledger.plan(ids.map((noticeId) => plannedNotice({ noticeId, bucket: 11, reopened: 2 })));
    for (const after of [undefined, ids[0]]) {
      const [whole, outlined]: [Notice[], NoticeOutline[]] = [[], []];
      for await (const page of ledger.bucket(plannedNotice().month, 11, after)) whole.push(...page);
      for await (const page of ledger.outlines(plannedNotice().month, 11, after)) outlined.push(...page);
      expect(outlined).toHaveLength(after === undefined ? 2 : 1);
      outlined.forEach((outline, index) => {
        expect(whole[index]).toMatchObject(outline);
        expect(Object.keys(outline)).not.toEqual(expect.arrayContaining(['contact']));
      });
    }
  });
});
