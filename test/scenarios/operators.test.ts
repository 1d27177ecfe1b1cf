/** What people do about a month, with the commands they do it with, on the whole stack. */
import { describe, expect, it } from 'vitest';
import { operators } from '../support/operator.ts';
import { MONTH, startScenario } from '../support/scenario.ts';

const operator = operators();

const linesOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the final queue', () => {
  it('is listed, and redriven to a channel that works again: each notice goes out once', async () => {
    let isBroken = true;
    const month = await startScenario({ accounts: 40, decide: () => (isBroken ? 'permanent' : undefined) });
    try {
      const tr1l = operator(month);
      await month.run();
      await month.queue('EmailQueueUrl', 'no message of ours');
      await month.runtime.idle();
      const undeliverable = (await month.notices()).filter(({ state }) => state === 'UNDELIVERABLE');
      expect(undeliverable.length).toBeGreaterThan(20);

      const list = await tr1l('dlq', 'list', '--json');
      expect([list.code, list.stderr]).toEqual([0, expect.stringMatching(/ shown of about /)]);
      const listed = linesOf(list.stdout);
      // A notice may lie there twice: a worker that is not sure tells the final queue again.
      const ids = (rows: readonly Record<string, unknown>[]) =>
        [...new Set(rows.flatMap(({ noticeId }) => noticeId ?? []))].sort();
      expect(ids(listed)).toEqual(undeliverable.map(({ noticeId }) => noticeId).sort());
      expect(listed.filter(({ fate }) => fate === 'foreign')).toHaveLength(1);

      const dry = await tr1l('dlq', 'redrive', '--to', 'sms', '--reason', 'trial');
      expect(dry.stderr).toContain('dry run, nothing changed');
      expect((await month.notices()).filter(({ state }) => state === 'UNDELIVERABLE')).toEqual(undeliverable);

      isBroken = false;
      const bounded = linesOf(
        (await tr1l('dlq', 'redrive', '--to', 'sms', '--apply', '--most', '5', '--reason', 'healed', '--json')).stdout,
      );
      expect(bounded).toHaveLength(5);
      const rest = await tr1l('dlq', 'redrive', '--to', 'sms', '--apply', '--reason', 'healed');
      expect([rest.code, rest.stderr]).toEqual([
        0,
        expect.stringMatching(/^\d+ redriven to sms, \d+ deleted, \d+ left\n$/),
      ]);
      await month.runtime.idle();
      const bySms = undeliverable.filter(({ channels }) => channels.includes('sms'));
      expect(bySms.length).toBeGreaterThan(10);
      const accepted = month.runtime.providers.inbox.accepted('sms');
      for (const { noticeId } of bySms) expect(accepted.get(noticeId)).toBe(1);
      const after = new Map((await month.notices()).map((notice) => [notice.noticeId, notice]));
      for (const { noticeId } of bySms) expect(after.get(noticeId)).toMatchObject({ state: 'SENT', channel: 'sms' });
      // Who has no SMS keeps waiting for a person, and so does what is none of ours. A message that was late is a double.
      const left = linesOf((await tr1l('dlq', 'list', '--json')).stdout);
      expect(ids(left.filter(({ fate }) => fate !== 'delete'))).toEqual(
        undeliverable
          .filter(({ channels }) => !channels.includes('sms'))
          .map(({ noticeId }) => noticeId)
          .sort(),
      );

      const told = await tr1l('notice', 'show', MONTH, bySms[0]?.accountId ?? '');
      expect(told.stdout).toMatch(/_0001: SENT\n/);
      expect(told.stdout).toMatch(/email 1: PERMANENT[^]*sms 1: PERMANENT[^]*sms 1: ACCEPTED/);
      expect((await tr1l('dispatch', 'verify', MONTH)).code).toBe(0);
    } finally {
      await month.stop();
    }
  });
});

describe('a month that is asked about', () => {
  it('says what it is, and names an invoice whose notice is gone', async () => {
    const month = await startScenario({ accounts: 300 });
    try {
      const tr1l = operator(month);
      const early = await tr1l('dispatch', 'verify', MONTH);
      expect([early.code, early.stdout]).toEqual([2, '']);
      expect(early.stderr).toContain('2026-01 was never settled');
      await month.run();
      const whole = await tr1l('dispatch', 'verify', MONTH, '--json');
      expect([whole.code, JSON.parse(whole.stdout)]).toEqual([
        0,
        expect.objectContaining({ closed: true, differences: [] }),
      ]);
      const shownRun = await tr1l('run', 'show', MONTH);
      expect([shownRun.code, shownRun.stdout]).toEqual([0, expect.stringContaining('2026-01-r0001: APPROVED')]);
      expect(shownRun.stdout).toContain('300 accounts = ');
      expect(shownRun.stdout).not.toContain('✘');
      const proof = JSON.parse((await tr1l('run', 'show', MONTH, '--json')).stdout) as {
        totals: { amountDue: number };
      };
      expect(proof.totals.amountDue).toBe((await month.tally()).amountDue);
      const listed = await tr1l('rejections', 'list', MONTH, '--json');
      const rejected = linesOf(listed.stdout);
      expect(rejected.length).toBeGreaterThan(0);
      expect(rejected).toHaveLength((await month.tally()).rejections);
      expect(listed.stderr).toContain(`${rejected.length} account`);
      const [first] = rejected as { accountId: string; reasons: string[] }[];
      const shown = await tr1l('rejections', 'show', MONTH, first?.accountId ?? '');
      expect(shown.stdout).toContain(first?.reasons.join(', '));
      const billed = await tr1l('rejections', 'show', MONTH, String((await month.notices())[0]?.accountId));
      expect([billed.code, billed.stderr]).toEqual([2, expect.stringContaining('has no open rejection of 2026-01')]);
      const stranger = await tr1l('notice', 'show', MONTH, 'NOBODY');
      expect([stranger.code, stranger.stderr]).toEqual([2, 'tr1l: account NOBODY has no notice of 2026-01\n']);

      const [lost] = await month.notices();
      await month.removeNotice(lost?.noticeId ?? '', lost?.bucket ?? 0);
      const { code, stdout } = await tr1l('dispatch', 'verify', MONTH);
      expect(code).toBe(1);
      expect(stdout).toContain(`${lost?.noticeId ?? ''} is missing`);
    } finally {
      await month.stop();
    }
  });
});
